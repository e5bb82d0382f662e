SELECT id, organisation, label, created_by, created_at_ms, expires_at_ms, revoked_at_ms
FROM api_token
WHERE organisation = $1
ORDER BY created_at_ms DESC, id DESC
LIMIT $2
