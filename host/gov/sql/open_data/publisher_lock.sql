UPDATE open_data_publisher SET state = state
WHERE organisation = $1 AND state = 'admitted'
