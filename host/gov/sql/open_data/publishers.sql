SELECT organisation, name, state, changed_ms FROM open_data_publisher
ORDER BY state, changed_ms
LIMIT $1
