INSERT INTO identity_request (id_hash, request, attempts, expires_ms)
VALUES ($1, $2, 0, $3)
