UPDATE identity_site SET ends_ms = $2 WHERE id = $1 AND ends_ms > $2
