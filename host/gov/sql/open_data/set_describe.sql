UPDATE open_data_set SET about = $3, modified_ms = $4 WHERE identifier = $1 AND organisation = $2
