INSERT INTO staff (id, email, name, role, organisation, password_hash, failed_attempts, locked_until_ms)
VALUES ($1, $2, $3, $4, $5, $6, 0, 0)
ON CONFLICT (email) DO NOTHING
