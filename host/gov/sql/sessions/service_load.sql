SELECT s.session
FROM service_session s
JOIN portal_login l ON l.id = s.login
WHERE s.id_hash = $1 AND s.service = $2 AND s.expires_ms > $3 AND l.expires_ms > $3
