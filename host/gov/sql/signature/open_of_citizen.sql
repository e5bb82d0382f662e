SELECT COUNT(*)
FROM signing
WHERE citizen = $1 AND service = $2 AND status IN ('created', 'started') AND expires_ms > $3
