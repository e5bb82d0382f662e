DELETE FROM message_file
WHERE keep_until_ms <= $1
