SELECT sent
FROM message_count
WHERE service = $1
