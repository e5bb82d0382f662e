INSERT INTO payment_event (payment, state, at_ms)
VALUES ($1, $2, $3)
ON CONFLICT (payment, state) DO NOTHING
