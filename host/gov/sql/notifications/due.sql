SELECT id
FROM message
WHERE due_ms <= $1
ORDER BY due_ms, id
LIMIT $2
