INSERT INTO exchange_count (service, calls)
VALUES ($1, 0)
ON CONFLICT (service) DO NOTHING
