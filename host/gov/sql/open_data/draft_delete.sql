DELETE FROM open_data_draft WHERE id = $1 AND organisation = $2
