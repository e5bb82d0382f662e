DELETE FROM identity_code
WHERE expires_ms <= $1
