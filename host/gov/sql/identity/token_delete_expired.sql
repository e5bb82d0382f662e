DELETE FROM identity_token
WHERE expires_ms <= $1
