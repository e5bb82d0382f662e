SELECT organisation, name, state, changed_ms FROM open_data_publisher WHERE organisation = $1
