INSERT INTO message_alerts_off (citizen, at_ms)
VALUES ($1, $2)
ON CONFLICT DO NOTHING
