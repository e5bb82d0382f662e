SELECT organisation
FROM service_name
WHERE name = $1
