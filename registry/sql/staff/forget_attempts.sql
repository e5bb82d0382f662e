DELETE FROM staff_attempt
WHERE id = $1
