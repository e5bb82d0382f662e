INSERT INTO message_unsubscribed (citizen, service, at_ms)
VALUES ($1, $2, $3)
ON CONFLICT DO NOTHING
