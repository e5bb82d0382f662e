UPDATE exchange_message
SET content = NULL
WHERE at_ms < $1 AND content IS NOT NULL
