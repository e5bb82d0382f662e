INSERT INTO portal_session (id_hash, data, expires_ms)
VALUES ($1, $2, $3)
ON CONFLICT (id_hash) DO NOTHING
