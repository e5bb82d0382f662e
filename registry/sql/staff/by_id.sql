SELECT id, email, name, role, organisation
FROM staff
WHERE id = $1
