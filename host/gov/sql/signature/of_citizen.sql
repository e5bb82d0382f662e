SELECT *
FROM signing
WHERE citizen = $1
ORDER BY id DESC
LIMIT $2
