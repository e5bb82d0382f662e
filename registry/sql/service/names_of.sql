SELECT name
FROM service_name
WHERE organisation = $1
ORDER BY name
LIMIT $2
