UPDATE identity_site SET secret_hash = $2 WHERE id = $1 AND ends_ms > $3
