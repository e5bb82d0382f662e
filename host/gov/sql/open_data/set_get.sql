SELECT identifier, organisation, publisher, about, state, version, issued_ms, modified_ms
FROM open_data_set WHERE identifier = $1
