DELETE FROM identity_pushed
WHERE expires_ms <= $1
