SELECT COUNT(*)
FROM presentation
WHERE service = $1 AND presenter = 'anyone' AND status IN ('created', 'started') AND expires_ms > $2
