UPDATE life_event
SET state = 'waiting', due_ms = $3, error = $4
WHERE id = $1 AND attempts = $2 AND state = 'delivering'
