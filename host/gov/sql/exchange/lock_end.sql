UPDATE exchange_log_end
SET number = number
WHERE id = 1
