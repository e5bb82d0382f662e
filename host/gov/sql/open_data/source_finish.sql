UPDATE open_data_source SET lease_ms = 0, finished_ms = $3, due_ms = $4, report = $5
WHERE name = $1 AND lease_ms = $2
