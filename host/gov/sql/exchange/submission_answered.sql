UPDATE exchange_submission
SET status = $2, failure = $3, reference = COALESCE($4, reference), answer = $5, content = NULL, attempts = 0, due_ms = $6, finished_ms = $7
WHERE id = $1 AND status = $8
