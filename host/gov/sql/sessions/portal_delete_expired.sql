DELETE FROM portal_session
WHERE expires_ms <= $1
