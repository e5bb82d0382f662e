UPDATE life_event
SET state = 'waiting', due_ms = $4, error = $5
WHERE id = $1 AND attempts = $2 AND due_ms = $3
