UPDATE identity_request
SET attempts = attempts + 1
WHERE id_hash = $1 AND expires_ms > $2 AND attempts < $3
