SELECT id
FROM signing
WHERE status = 'submitted' AND asked_ms <= $1
ORDER BY asked_ms
LIMIT $2
