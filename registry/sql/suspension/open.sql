SELECT id, service, at_ms, suspended_by, grounds, public_reason
FROM service_suspension
WHERE lifted_at_ms IS NULL
ORDER BY service
