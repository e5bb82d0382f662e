SELECT id, organisation, label, created_by, created_by_name, created_at_ms, expires_at_ms, revoked_at_ms,
    last_used_at_ms, last_used_from
FROM api_token
WHERE secret_sha256 = $1
