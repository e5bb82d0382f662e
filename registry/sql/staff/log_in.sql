SELECT id, email, name, role, organisation, active, generation
FROM staff
WHERE id = $1
