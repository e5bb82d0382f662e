UPDATE life_event
SET state = $3, due_ms = NULL, error = $4, ended_ms = $5
WHERE id = $1 AND attempts = $2 AND state = 'delivering'
