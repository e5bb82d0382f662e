SELECT id, payment, amount_minor, state, at_ms
FROM payment_refund
WHERE id = $1
