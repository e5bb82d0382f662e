INSERT INTO exchange_submission (id, service, tax_id, key, request_hash, operation, parameters, citizen, purpose, consent_id, issue, content_type, content, message_id, status, created_ms, attempts, due_ms)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 'created', $15, 1, $16)
ON CONFLICT (service, key) DO NOTHING
