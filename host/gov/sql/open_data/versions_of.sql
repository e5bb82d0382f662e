SELECT dataset, number, file, file_name, reading, bytes, sha256, published_ms
FROM open_data_version WHERE dataset = $1 ORDER BY number DESC LIMIT $2
