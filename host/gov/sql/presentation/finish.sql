UPDATE presentation
SET status = $2, failure = $3, shown = $4, finished_ms = $5
WHERE id = $1 AND status = $6
