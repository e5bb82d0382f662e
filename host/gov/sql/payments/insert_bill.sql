INSERT INTO payment_bill (id, household, service_code, period, issued_ms, due_ms, amount_minor, paid_ms)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT DO NOTHING
