INSERT INTO organisation (id, name, tax_id, created_at_ms)
VALUES ($1, $2, $3, $4)
ON CONFLICT (tax_id) DO NOTHING
