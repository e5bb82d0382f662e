UPDATE document
SET acceptance = $2
WHERE id = $1 AND acceptance = $3
