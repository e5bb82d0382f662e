UPDATE open_data_publisher SET state = 'ended', changed_ms = $2
WHERE organisation = $1 AND state <> 'ended'
