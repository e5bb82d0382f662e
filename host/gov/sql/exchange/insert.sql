INSERT INTO exchange_message (id, number, previous, kind, message_id, request_id, service, at_ms, digest, content, hash, signature)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
