UPDATE document_count
SET issued = issued + 1
WHERE service = $1 AND issued < $2
