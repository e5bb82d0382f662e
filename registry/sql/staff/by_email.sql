SELECT id, email, name, role, organisation, password_hash, failed_attempts, locked_until_ms
FROM staff
WHERE email = $1
