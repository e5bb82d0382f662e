UPDATE organisation
SET name = name
WHERE id = $1
