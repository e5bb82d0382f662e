SELECT COUNT(*) AS valid
FROM api_token
WHERE organisation = $1 AND revoked_at_ms IS NULL AND expires_at_ms > $2
