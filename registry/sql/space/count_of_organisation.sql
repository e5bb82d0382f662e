SELECT COUNT(*)
FROM test_space
WHERE organisation = $1
