INSERT INTO identity_login (id_hash, fin, acr, amr, auth_ms, expires_ms)
VALUES ($1, $2, $3, $4, $5, $6)
