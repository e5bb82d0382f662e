SELECT COUNT(*) FROM open_data_draft WHERE organisation = $1
