SELECT *
FROM signing
WHERE id = $1
