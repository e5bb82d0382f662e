UPDATE signing
SET status = $2, failure = $3, finished_ms = $4
WHERE id = $1 AND status = $5
