UPDATE consent_record
SET state = 'expired', changed_ms = $3
WHERE id = $1 AND state = $2
