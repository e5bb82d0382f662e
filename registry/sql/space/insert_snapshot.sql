INSERT INTO test_space_snapshot (space, name, created_ms, began_ms, stood_ms)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (space, name) DO NOTHING
