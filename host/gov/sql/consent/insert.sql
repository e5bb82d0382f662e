INSERT INTO consent_record (id, service, citizen, purpose, revision, agreement, terms, attributes, fetch_type, state,
    decided_ms, expires_ms, changed_ms, signing)
VALUES ($1, $2, $3, $4,
    (SELECT COALESCE(MAX(revision), 0) + 1 FROM consent_record
        WHERE citizen = $3 AND service = $2 AND purpose = $4),
    $5, $6, $7, $8, $9, $10, $11, $10, $12)
ON CONFLICT DO NOTHING
