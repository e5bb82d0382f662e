INSERT INTO payment_refund (id, payment, amount_minor, at_ms, state)
VALUES ($1, $2, $3, $4, 'submitted')
