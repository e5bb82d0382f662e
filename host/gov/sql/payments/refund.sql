SELECT id, payment, amount_minor
FROM payment_refund
WHERE id = $1
