SELECT number, hash
FROM exchange_log_end
WHERE id = 1
