SELECT *
FROM presentation
WHERE id = $1
