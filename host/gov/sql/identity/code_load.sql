SELECT issued, expires_ms
FROM identity_code
WHERE code_hash = $1
