SELECT *
FROM life_event
WHERE service = $1 AND id > $2 AND created_ms >= $3 AND state <> 'discarded'
ORDER BY id
LIMIT $4
