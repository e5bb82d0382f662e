DELETE FROM staff_recovery_code
WHERE owner = $1
