UPDATE submission
SET vetting_attempts = 0, vetting_after_ms = $2
WHERE id = $1 AND state = 'vetting'
