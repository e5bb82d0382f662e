DELETE FROM portal_login
WHERE expires_ms <= $1
