UPDATE open_data_set SET state = 'withdrawn', modified_ms = $3
WHERE identifier = $1 AND organisation = $2 AND state = 'published'
