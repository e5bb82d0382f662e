UPDATE consent_record
SET state = CASE WHEN expires_ms <= $2 THEN 'expired' ELSE 'revoked' END,
    ended_by = CASE WHEN expires_ms <= $2 THEN NULL ELSE 'withdrawn' END, changed_ms = $2
WHERE service = $1 AND state IN ('active', 'paused')
