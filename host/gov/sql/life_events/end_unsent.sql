UPDATE life_event
SET state = $4, due_ms = NULL, error = $5, ended_ms = $6
WHERE id = $1 AND attempts = $2 AND due_ms = $3
