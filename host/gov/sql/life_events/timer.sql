SELECT *
FROM life_timer
WHERE id = $1
