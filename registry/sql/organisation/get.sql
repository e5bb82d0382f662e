SELECT id, name, tax_id, created_at_ms
FROM organisation
WHERE id = $1
