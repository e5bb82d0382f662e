SELECT request_hash, document
FROM document_change
WHERE service = $1 AND key = $2
