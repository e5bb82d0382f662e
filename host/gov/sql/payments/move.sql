UPDATE payment
SET state = $3, failure = $4, expires_ms = $5, rejection = $6, rejections = $7, charges = $8, asked = $9,
    asked_ms = $10
WHERE id = $1 AND state = $2 AND COALESCE(asked, '') = $11
