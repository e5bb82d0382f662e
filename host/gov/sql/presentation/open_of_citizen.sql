SELECT COUNT(*)
FROM presentation
WHERE citizen = $1 AND service = $2 AND presenter = 'current' AND status = 'created' AND expires_ms > $3
