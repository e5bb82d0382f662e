INSERT INTO test_space (name, organisation, created_ms, generation, began_ms, clock, faults)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (name) DO NOTHING
