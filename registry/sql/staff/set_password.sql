UPDATE staff
SET password_hash = $2, generation = generation + 1
WHERE id = $1
