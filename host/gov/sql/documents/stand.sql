UPDATE document
SET standing = $2, standing_ms = $3, reason = $4
WHERE id = $1 AND standing = $5
