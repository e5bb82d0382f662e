UPDATE life_event
SET state = 'waiting', attempts = 0, first_attempt_ms = NULL, due_ms = $3, give_up_ms = $4, error = NULL, ended_ms = NULL
WHERE id = $1 AND service = $2 AND state = 'dead'
