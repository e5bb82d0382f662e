UPDATE identity_code
SET used = 1
WHERE code_hash = $1 AND used = 1
