SELECT *
FROM message
WHERE id = $1
