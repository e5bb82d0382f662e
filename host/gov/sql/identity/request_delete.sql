DELETE FROM identity_request
WHERE id_hash = $1
