INSERT INTO api_token (id, organisation, label, secret_sha256, created_by, created_at_ms, expires_at_ms, revoked_at_ms,
    created_by_name)
VALUES ($1, $2, $3, $4, $5, $6, $7, NULL, $8)
