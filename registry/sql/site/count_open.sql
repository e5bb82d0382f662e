SELECT COUNT(*)
FROM site_application
WHERE organisation = $1 AND state IN ('waiting', 'first-approved', 'in-force')
