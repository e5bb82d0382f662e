DELETE FROM service_session
WHERE expires_ms <= $1
