SELECT id, email, name, role, organisation, active
FROM staff
WHERE id = $1
