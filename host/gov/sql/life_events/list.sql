SELECT id, type, state, attempts, created_ms, due_ms, error, ended_ms
FROM life_event
WHERE service = $1 AND id < $2 AND (state = $3 OR $3 = '')
ORDER BY id DESC
LIMIT $4
