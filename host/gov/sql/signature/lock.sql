UPDATE signing
SET status = status
WHERE id = $1
