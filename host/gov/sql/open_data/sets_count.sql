SELECT COUNT(*) FROM open_data_set WHERE organisation = $1
