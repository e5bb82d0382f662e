UPDATE open_data_draft SET about = $3 WHERE id = $1 AND organisation = $2
