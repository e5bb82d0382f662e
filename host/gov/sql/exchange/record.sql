SELECT *
FROM exchange_message
WHERE number = $1
