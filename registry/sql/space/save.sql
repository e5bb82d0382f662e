UPDATE test_space
SET generation = $3, began_ms = $4, clock = $5, faults = $7
WHERE name = $1 AND generation = $2 AND clock = $6
