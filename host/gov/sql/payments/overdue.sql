SELECT expires_ms, id
FROM payment
WHERE expires_ms <= $1 AND (expires_ms, id) > ($2, $3)
    AND state IN ('created', 'started', 'submitted', 'capturable')
    AND asked IS NULL
ORDER BY expires_ms, id
LIMIT $4
