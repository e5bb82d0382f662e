UPDATE open_data_file SET bytes = $2 WHERE id = $1 AND sha256 = ''
