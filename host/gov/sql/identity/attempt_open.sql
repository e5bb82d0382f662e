INSERT INTO identity_attempt (fin, failures, last_ms, next_ms)
VALUES ($1, 0, 0, 0)
ON CONFLICT (fin) DO NOTHING
