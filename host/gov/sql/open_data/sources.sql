SELECT name, due_ms, lease_ms, finished_ms, report FROM open_data_source ORDER BY name
