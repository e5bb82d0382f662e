INSERT INTO identity_site (id, content, ends_ms)
VALUES ($1, $2, $3)
ON CONFLICT (id) DO UPDATE SET content = excluded.content, ends_ms = excluded.ends_ms
