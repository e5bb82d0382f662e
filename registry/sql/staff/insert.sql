INSERT INTO staff (id, email, name, role, organisation, active, password_hash)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (email) DO NOTHING
