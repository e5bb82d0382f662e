INSERT INTO identity_token (token_hash, code_hash, client, fin, scope, expires_ms)
VALUES ($1, $2, $3, $4, $5, $6)
