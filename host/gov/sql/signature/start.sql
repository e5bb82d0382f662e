UPDATE signing
SET status = 'started'
WHERE id = $1 AND status = 'created'
