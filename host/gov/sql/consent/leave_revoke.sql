UPDATE consent_record
SET state = CASE WHEN expires_ms <= $3 THEN 'expired' ELSE 'revoked' END,
    ended_by = CASE WHEN expires_ms <= $3 THEN NULL ELSE $4 END, changed_ms = $3
WHERE citizen = $1 AND service = $2 AND state IN ('active', 'paused')
