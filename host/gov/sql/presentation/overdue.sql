SELECT *
FROM presentation
WHERE status IN ('created', 'started') AND expires_ms <= $1
ORDER BY expires_ms
LIMIT $2
