UPDATE open_data_draft SET choice = $3, reading = $4 WHERE id = $1 AND organisation = $2
