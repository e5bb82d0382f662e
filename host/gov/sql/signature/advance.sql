UPDATE signing
SET status = $2, asked_ms = $3
WHERE id = $1 AND status IN ('created', 'started', 'partly-signed')
