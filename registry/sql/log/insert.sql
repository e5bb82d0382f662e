INSERT INTO service_log (
    service, sequence, at_ms, request, version, target, vetting, level, source, context, message, bytes
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
