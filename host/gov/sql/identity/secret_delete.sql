DELETE FROM identity_secret
WHERE name = $1
