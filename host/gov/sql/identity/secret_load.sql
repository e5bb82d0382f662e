SELECT secret
FROM identity_secret
WHERE name = $1
