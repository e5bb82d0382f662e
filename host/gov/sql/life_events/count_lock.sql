UPDATE life_timer_count
SET pending = pending
WHERE service = $1
