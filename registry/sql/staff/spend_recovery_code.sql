DELETE FROM staff_recovery_code
WHERE owner = $1 AND code_sha256 = $2
