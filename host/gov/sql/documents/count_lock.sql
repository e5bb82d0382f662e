UPDATE document_count
SET issued = issued
WHERE service = $1
