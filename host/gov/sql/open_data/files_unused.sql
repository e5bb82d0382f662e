SELECT id FROM open_data_file
WHERE created_ms < $1
    AND NOT EXISTS (SELECT 1 FROM open_data_draft WHERE open_data_draft.file = open_data_file.id)
    AND NOT EXISTS (SELECT 1 FROM open_data_version WHERE open_data_version.file = open_data_file.id)
ORDER BY id
LIMIT $2
