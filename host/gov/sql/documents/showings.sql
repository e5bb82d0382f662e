SELECT *
FROM document_showing
WHERE document = $1
ORDER BY id DESC
LIMIT $2
