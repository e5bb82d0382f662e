UPDATE life_event
SET state = $4, due_ms = NULL, error = $5, ended_ms = $6, data = CASE WHEN $4 = 'discarded' THEN NULL ELSE data END
WHERE id = $1 AND attempts = $2 AND due_ms = $3
