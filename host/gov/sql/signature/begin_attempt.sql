UPDATE signing
SET status = 'started', code = $2, choices = $3, attempt_until_ms = $4, locked_until_ms = NULL
WHERE id = $1 AND status IN ('created', 'started')
