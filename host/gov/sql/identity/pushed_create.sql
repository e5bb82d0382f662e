INSERT INTO identity_pushed (id_hash, client, params, expires_ms)
VALUES ($1, $2, $3, $4)
