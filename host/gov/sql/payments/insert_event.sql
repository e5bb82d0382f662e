INSERT INTO payment_event (payment, state, at_ms)
VALUES ($1, $2, $3)
