SELECT session
FROM service_session
WHERE id_hash = $1 AND service = $2 AND expires_ms > $3
