DELETE FROM open_data_piece WHERE file = $1
