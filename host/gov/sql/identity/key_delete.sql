DELETE FROM identity_key
WHERE number = $1
