SELECT id, email, name, role, organisation, active
FROM staff
ORDER BY active DESC, email
