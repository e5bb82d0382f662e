UPDATE exchange_count
SET calls = calls + 1
WHERE service = $1 AND calls < $2
