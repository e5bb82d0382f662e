SELECT name
FROM service_name
WHERE skeleton = $1 AND name <> $2 AND organisation <> $3
ORDER BY name
