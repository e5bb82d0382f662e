SELECT id, email, name, role, organisation, active, password_hash
FROM staff
WHERE email = $1
