UPDATE open_data_version SET file = '' WHERE dataset = $1 AND number <= $2 AND file <> ''
