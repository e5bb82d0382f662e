UPDATE message_count
SET sent = sent
WHERE service = $1
