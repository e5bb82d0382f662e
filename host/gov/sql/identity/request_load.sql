SELECT request
FROM identity_request
WHERE id_hash = $1 AND expires_ms > $2 AND attempts < $3
