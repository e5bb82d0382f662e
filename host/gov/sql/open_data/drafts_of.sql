SELECT id, organisation, dataset, file, file_name, choice, reading, about, created_ms
FROM open_data_draft WHERE organisation = $1 ORDER BY id DESC LIMIT $2
