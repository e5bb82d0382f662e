UPDATE identity_secret
SET secret = $3
WHERE name = $1 AND secret = $2
