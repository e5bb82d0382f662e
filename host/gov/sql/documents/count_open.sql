INSERT INTO document_count (service, issued)
VALUES ($1, 0)
ON CONFLICT (service) DO NOTHING
