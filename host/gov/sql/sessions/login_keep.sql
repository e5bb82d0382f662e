INSERT INTO portal_login (id, citizen, expires_ms)
VALUES ($1, $2, $3)
ON CONFLICT (id) DO UPDATE SET expires_ms = excluded.expires_ms
