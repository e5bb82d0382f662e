SELECT id_hash, fin, acr, amr, auth_ms
FROM identity_login
WHERE id_hash = $1 AND expires_ms > $2
