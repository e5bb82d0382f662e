SELECT id
FROM life_timer
WHERE state = 'pending' AND due_ms <= $1
ORDER BY due_ms, id
LIMIT $2
