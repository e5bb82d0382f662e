INSERT INTO portal_session (id_hash, data, citizen, expires_ms)
VALUES ($1, $2, $3, $4)
ON CONFLICT (id_hash) DO NOTHING
