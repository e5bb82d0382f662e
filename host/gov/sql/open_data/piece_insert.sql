INSERT INTO open_data_piece (file, number, content) VALUES ($1, $2, $3)
