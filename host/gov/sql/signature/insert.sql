INSERT INTO signing (id, service, key, request_hash, service_title, controller, purpose, description, reference, return_path, format, level, signing_order, lang, status, created_ms, expires_ms, citizen)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
