UPDATE staff
SET failed_attempts = 0, locked_until_ms = 0
WHERE id = $1
