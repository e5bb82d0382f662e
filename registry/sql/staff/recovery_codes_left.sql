SELECT COUNT(*) AS codes
FROM staff_recovery_code
WHERE owner = $1
