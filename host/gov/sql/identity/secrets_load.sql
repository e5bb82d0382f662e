SELECT name, secret
FROM identity_secret
ORDER BY name
