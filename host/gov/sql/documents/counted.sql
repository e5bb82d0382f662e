SELECT issued
FROM document_count
WHERE service = $1
