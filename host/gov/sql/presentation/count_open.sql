INSERT INTO presentation_count (service, asked)
VALUES ($1, 0)
ON CONFLICT (service) DO NOTHING
