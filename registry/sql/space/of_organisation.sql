SELECT name, organisation, created_ms, generation, began_ms, clock, faults
FROM test_space
WHERE organisation = $1
ORDER BY name
LIMIT $2
