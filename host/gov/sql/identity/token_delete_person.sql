DELETE FROM identity_token
WHERE fin = $1
