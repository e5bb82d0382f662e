SELECT content FROM open_data_piece WHERE file = $1 AND number = $2
