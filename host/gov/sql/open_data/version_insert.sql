INSERT INTO open_data_version (dataset, number, file, file_name, reading, bytes, sha256, published_ms)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
