DELETE FROM staff_attempt
WHERE ends_at_ms <= $1
