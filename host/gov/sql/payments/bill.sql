SELECT id, household, service_code, period, issued_ms, due_ms, amount_minor, payment, paid_ms
FROM payment_bill
WHERE id = $1
