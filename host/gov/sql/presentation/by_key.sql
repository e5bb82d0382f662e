SELECT *
FROM presentation
WHERE service = $1 AND key = $2
