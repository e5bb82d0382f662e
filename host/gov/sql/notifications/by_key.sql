SELECT *
FROM message
WHERE service = $1 AND key = $2
