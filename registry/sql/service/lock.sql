UPDATE service_name
SET name = name
WHERE name = $1
