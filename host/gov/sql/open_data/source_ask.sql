UPDATE open_data_source SET due_ms = $2 WHERE name = $1 AND due_ms > $2
