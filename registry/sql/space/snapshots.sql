SELECT name, created_ms, began_ms, stood_ms
FROM test_space_snapshot
WHERE space = $1
ORDER BY created_ms, name
LIMIT $2
