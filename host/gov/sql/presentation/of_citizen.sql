SELECT *
FROM presentation
WHERE citizen = $1
ORDER BY id DESC
LIMIT $2
