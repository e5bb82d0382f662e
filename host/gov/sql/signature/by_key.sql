SELECT *
FROM signing
WHERE service = $1 AND key = $2
