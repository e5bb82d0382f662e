UPDATE exchange_submission
SET status = 'error', failure = 'outcome-unknown', content = NULL, due_ms = NULL, finished_ms = $2
WHERE id = $1 AND status = $3
