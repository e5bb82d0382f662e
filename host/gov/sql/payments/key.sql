SELECT operation, request_hash, object
FROM payment_key
WHERE service = $1 AND idempotency_key = $2
