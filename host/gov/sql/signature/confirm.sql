UPDATE signing
SET status = 'submitted', code = NULL, choices = NULL, attempt_until_ms = NULL, wrong = 0, confirmed_ms = $2, asked_ms = $2
WHERE id = $1 AND status = 'started' AND code = $3
