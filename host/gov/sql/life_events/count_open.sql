INSERT INTO life_timer_count (service, pending)
VALUES ($1, 0)
ON CONFLICT (service) DO NOTHING
