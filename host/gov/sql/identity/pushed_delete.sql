DELETE FROM identity_pushed
WHERE id_hash = $1
