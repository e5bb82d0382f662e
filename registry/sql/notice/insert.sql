INSERT INTO service_notice (service, at_ms, reason)
VALUES ($1, $2, $3)
ON CONFLICT (service, at_ms) DO NOTHING
