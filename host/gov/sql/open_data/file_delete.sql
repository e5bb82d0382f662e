DELETE FROM open_data_file WHERE id = $1
