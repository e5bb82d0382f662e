SELECT identifier FROM open_data_set WHERE organisation = $1 AND state = 'published' ORDER BY identifier
