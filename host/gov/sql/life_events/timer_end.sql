UPDATE life_timer
SET state = $2, data = NULL
WHERE id = $1 AND state = 'pending'
