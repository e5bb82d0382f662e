INSERT INTO presentation (id, service, key, request_hash, service_title, controller, presenter, citizen, terms, wanted, options, reference, return_path, status, created_ms, expires_ms)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
