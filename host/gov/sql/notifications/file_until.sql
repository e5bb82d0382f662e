SELECT keep_until_ms
FROM message_file
WHERE message = $1
