SELECT CAST(COALESCE(SUM(bytes), 0) AS BIGINT) FROM open_data_file WHERE organisation = $1
