SELECT id, organisation, label, created_by, created_at_ms, expires_at_ms, revoked_at_ms
FROM api_token
WHERE secret_sha256 = $1
