SELECT *
FROM exchange_message
WHERE message_id = $1
ORDER BY number
