DELETE FROM identity_attempt
WHERE fin = $1
