DELETE FROM open_data_draft WHERE id = $1 AND organisation = $2 AND choice = $3 AND about = $4
