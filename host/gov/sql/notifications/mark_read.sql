UPDATE message
SET read_ms = $2
WHERE id = $1 AND read_ms IS NULL
