UPDATE life_event
SET state = 'delivering', attempts = attempts + 1, first_attempt_ms = COALESCE(first_attempt_ms, $4), due_ms = $5
WHERE id = $1 AND attempts = $2 AND due_ms = $3
