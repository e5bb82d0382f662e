INSERT INTO open_data_set (identifier, organisation, publisher, about, state, version, issued_ms, modified_ms)
VALUES ($1, $2, $3, $4, 'announced', 0, $5, $5)
ON CONFLICT (identifier) DO NOTHING
