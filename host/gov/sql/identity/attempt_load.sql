SELECT failures, next_ms
FROM identity_attempt
WHERE fin = $1
