UPDATE signing
SET status = $2, failure = $3, finished_ms = $4, code = NULL, choices = NULL, attempt_until_ms = NULL
WHERE id = $1 AND status = $5
