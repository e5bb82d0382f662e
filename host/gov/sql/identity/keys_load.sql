SELECT number, made_ms
FROM identity_key
ORDER BY number
