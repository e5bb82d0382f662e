SELECT *
FROM life_event
WHERE id = $1
