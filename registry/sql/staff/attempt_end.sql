SELECT ends_at_ms
FROM staff_attempt
WHERE id = $1
