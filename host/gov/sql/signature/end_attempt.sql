UPDATE signing
SET code = NULL, choices = NULL, attempt_until_ms = NULL, wrong = $2, locked_until_ms = $3
WHERE id = $1 AND status = 'started' AND code = $4
