UPDATE api_token
SET last_used_at_ms = $2, last_used_from = $3
WHERE id = $1
