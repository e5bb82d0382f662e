INSERT INTO message_count (service, sent)
VALUES ($1, 0)
ON CONFLICT DO NOTHING
