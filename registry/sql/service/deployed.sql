UPDATE service_name
SET deployed_at_ms = $2
WHERE name = $1 AND deployed_at_ms IS NULL
