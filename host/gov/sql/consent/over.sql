SELECT id, service, citizen, purpose, agreement, terms, attributes, fetch_type, state, decided_ms, expires_ms,
    first_read_ms, changed_ms, ended_by, signing
FROM consent_record
WHERE state IN ('active', 'paused')
    AND (expires_ms <= $1 OR (fetch_type = 'one-time' AND first_read_ms <= $2))
ORDER BY id
LIMIT $3
