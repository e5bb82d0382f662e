DELETE FROM test_space
WHERE name = $1 AND created_ms = $2
