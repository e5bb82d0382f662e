SELECT *
FROM document_showing
WHERE id = $1
