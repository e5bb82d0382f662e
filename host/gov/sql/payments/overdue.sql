SELECT id
FROM payment
WHERE service = $1 AND expires_ms <= $2 AND state IN ('created', 'started', 'submitted', 'capturable')
ORDER BY expires_ms
LIMIT $3
