INSERT INTO document_change (service, key, request_hash, document)
VALUES ($1, $2, $3, $4)
ON CONFLICT (service, key) DO NOTHING
