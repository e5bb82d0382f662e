UPDATE open_data_publisher SET state = 'admitted', name = $2, changed_ms = $3
WHERE organisation = $1 AND state <> 'admitted'
