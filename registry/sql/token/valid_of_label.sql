SELECT COUNT(*) AS valid
FROM api_token
WHERE organisation = $1 AND label = $2 AND revoked_at_ms IS NULL AND expires_at_ms > $3
