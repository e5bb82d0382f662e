DELETE FROM identity_login
WHERE id_hash = $1
