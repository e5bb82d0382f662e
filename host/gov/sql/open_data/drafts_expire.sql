DELETE FROM open_data_draft WHERE created_ms < $1
