SELECT id, name, tax_id, created_at_ms
FROM organisation
WHERE tax_id = $1
