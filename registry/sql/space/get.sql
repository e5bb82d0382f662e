SELECT name, organisation, created_ms, generation, began_ms, clock, faults
FROM test_space
WHERE name = $1
