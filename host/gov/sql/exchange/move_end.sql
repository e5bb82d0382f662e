UPDATE exchange_log_end
SET number = $1, hash = $2
WHERE id = 1
