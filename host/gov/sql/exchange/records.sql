SELECT *
FROM exchange_message
WHERE number > $1
ORDER BY number
LIMIT $2
