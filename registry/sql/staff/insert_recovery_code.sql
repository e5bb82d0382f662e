INSERT INTO staff_recovery_code (owner, code_sha256)
VALUES ($1, $2)
