INSERT INTO open_data_draft (id, organisation, dataset, file, file_name, choice, reading, about, created_ms)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
