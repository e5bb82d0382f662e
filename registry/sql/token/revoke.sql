UPDATE api_token
SET revoked_at_ms = $3
WHERE id = $1 AND organisation = $2 AND revoked_at_ms IS NULL
