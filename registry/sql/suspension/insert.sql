INSERT INTO service_suspension (id, service, at_ms, suspended_by, grounds, public_reason, lifted_at_ms, lifted_by)
VALUES ($1, $2, $3, $4, $5, $6, NULL, NULL)
