UPDATE open_data_file SET bytes = $2, sha256 = $3 WHERE id = $1 AND sha256 = ''
