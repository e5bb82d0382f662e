INSERT INTO open_data_source (name, due_ms, lease_ms, finished_ms, report)
VALUES ($1, $2, 0, NULL, '{}')
ON CONFLICT (name) DO NOTHING
