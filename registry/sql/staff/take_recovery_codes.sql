UPDATE staff_recovery_code
SET owner = $1
WHERE owner = $2
