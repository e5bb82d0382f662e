UPDATE consent_record
SET state = $4, changed_ms = $5, ended_by = $6
WHERE id = $1 AND citizen = $2 AND state = $3
