UPDATE identity_attempt
SET next_ms = $2
WHERE fin = $1
