UPDATE service_suspension
SET lifted_at_ms = $2, lifted_by = $3
WHERE service = $1 AND lifted_at_ms IS NULL
