SELECT pending
FROM life_timer_count
WHERE service = $1
