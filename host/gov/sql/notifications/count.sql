UPDATE message_count
SET sent = sent + 1
WHERE service = $1 AND sent < $2
