UPDATE payment
SET asked = NULL, asked_ms = NULL
WHERE id = $1 AND asked = 'release'
