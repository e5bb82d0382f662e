UPDATE life_timer_count
SET pending = pending - 1
WHERE service = $1
