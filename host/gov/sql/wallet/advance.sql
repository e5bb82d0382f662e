UPDATE verifier_request
SET status = $2, ends_ms = $3
WHERE id = $1 AND status = $4
