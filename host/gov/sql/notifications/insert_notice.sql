INSERT INTO message (id, service, service_title, controller, citizen, sub, key, request_hash, template, template_version,
    kind, language, subject, body, created_ms, send_ms, status, completed_ms)
VALUES ($1, $2, $3, $4, $5, '', $6, '', $7, 1, $8, $9, $10, $11, $12, $12, $13, $12)
ON CONFLICT (service, key) DO NOTHING
