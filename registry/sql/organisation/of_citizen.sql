SELECT o.id, o.name, o.tax_id, o.created_at_ms
FROM organisation AS o
JOIN organisation_member AS m ON m.organisation = o.id
WHERE m.citizen = $1
ORDER BY o.created_at_ms, o.id
