DELETE FROM test_space_snapshot
WHERE space = $1
