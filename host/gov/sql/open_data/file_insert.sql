INSERT INTO open_data_file (id, organisation, bytes, sha256, created_ms)
VALUES ($1, $2, 0, '', $3)
