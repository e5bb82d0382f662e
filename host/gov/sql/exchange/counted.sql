SELECT calls
FROM exchange_count
WHERE service = $1
