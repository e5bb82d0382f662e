INSERT INTO verifier_request (id, citizen, site, nonce, reply, wanted, options, status, created_ms, expires_ms, ends_ms)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (site, nonce) DO NOTHING
