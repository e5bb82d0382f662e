SELECT id, at_ms, request_id, service, digest, interface, operation, purpose, consent_id, attributes,
    decision, object
FROM audit_record
WHERE citizen = $1 AND id < $2
ORDER BY id DESC
LIMIT $3
