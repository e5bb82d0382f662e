DELETE FROM identity_login
WHERE fin = $1
