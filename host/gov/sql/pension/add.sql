INSERT INTO sim_pensioner (fin, since_ms)
VALUES ($1, $2)
ON CONFLICT (fin) DO NOTHING
