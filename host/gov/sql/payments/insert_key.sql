INSERT INTO payment_key (service, idempotency_key, operation, request_hash, object)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (service, idempotency_key) DO NOTHING
