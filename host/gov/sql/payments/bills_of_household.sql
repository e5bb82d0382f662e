SELECT id, household, service_code, period, issued_ms, due_ms, amount_minor, payment, paid_ms
FROM payment_bill
WHERE household = $1
ORDER BY period, service_code
