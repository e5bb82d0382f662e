UPDATE submission
SET vetting_attempts = vetting_attempts + 1, vetting_after_ms = $2
WHERE id = $1 AND state = 'vetting'
