INSERT INTO message (id, service, service_title, controller, citizen, sub, key, request_hash, template, template_version,
    kind, language, subject, body, reference, created_ms, send_ms, discard_ms, status, completed_ms, alert, due_ms, consent)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)
