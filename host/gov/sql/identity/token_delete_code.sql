DELETE FROM identity_token
WHERE code_hash = $1
