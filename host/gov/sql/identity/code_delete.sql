DELETE FROM identity_code
WHERE code_hash = $1
