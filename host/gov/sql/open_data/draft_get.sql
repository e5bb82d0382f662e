SELECT id, organisation, dataset, file, file_name, choice, reading, about, created_ms
FROM open_data_draft WHERE id = $1 AND organisation = $2
