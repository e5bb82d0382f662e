DELETE FROM identity_login
WHERE expires_ms <= $1
