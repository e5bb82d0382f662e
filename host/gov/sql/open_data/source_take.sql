UPDATE open_data_source SET lease_ms = $3 WHERE name = $1 AND due_ms <= $2 AND lease_ms <= $2
