SELECT s.identifier AS identifier, s.organisation AS organisation, s.publisher AS publisher, s.about AS about,
    s.state AS state, s.version AS version, s.issued_ms AS issued_ms, s.modified_ms AS modified_ms,
    v.dataset AS dataset, v.number AS number, v.file AS file, v.file_name AS file_name, v.reading AS reading,
    v.bytes AS bytes, v.sha256 AS sha256, v.published_ms AS published_ms
FROM open_data_set s JOIN open_data_version v ON v.dataset = s.identifier AND v.number = s.version
WHERE s.state = 'published'
ORDER BY s.issued_ms, s.identifier
LIMIT $1
