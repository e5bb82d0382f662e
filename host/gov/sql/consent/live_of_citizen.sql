SELECT id, service, citizen, purpose, agreement, terms, attributes, fetch_type, state, decided_ms, expires_ms,
    first_read_ms, changed_ms, ended_by, signing
FROM consent_record
WHERE citizen = $1 AND state = 'active'
ORDER BY id
