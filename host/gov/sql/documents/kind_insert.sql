INSERT INTO document_kind (digest, service, description)
VALUES ($1, $2, $3)
ON CONFLICT (digest) DO NOTHING
