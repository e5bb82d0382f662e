UPDATE consent_record
SET state = CASE WHEN expires_ms <= $4 THEN 'expired' ELSE 'superseded' END, changed_ms = $4
WHERE citizen = $1 AND service = $2 AND purpose = $3 AND state IN ('active', 'paused')
