SELECT *
FROM life_timer
WHERE service = $1 AND key = $2
