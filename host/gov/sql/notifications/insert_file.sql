INSERT INTO message_file (message, name, media_type, content, keep_until_ms)
VALUES ($1, $2, $3, $4, $5)
