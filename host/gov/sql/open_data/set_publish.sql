UPDATE open_data_set SET publisher = $3, about = $4, state = 'published', version = $5, modified_ms = $6
WHERE identifier = $1 AND organisation = $2 AND version = $7
