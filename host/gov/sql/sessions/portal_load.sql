SELECT data, expires_ms
FROM portal_session
WHERE id_hash = $1 AND expires_ms > $2
