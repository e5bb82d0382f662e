INSERT INTO audit_record (id, at_ms, request_id, service, digest, citizen, interface, operation, purpose,
    consent_id, attributes, decision, object)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
