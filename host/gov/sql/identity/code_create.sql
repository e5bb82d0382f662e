INSERT INTO identity_code (code_hash, issued, used, expires_ms)
VALUES ($1, $2, 0, $3)
