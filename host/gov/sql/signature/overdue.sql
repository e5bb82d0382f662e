SELECT id
FROM signing
WHERE status IN ('created', 'started', 'partly-signed') AND expires_ms <= $1
ORDER BY expires_ms
LIMIT $2
