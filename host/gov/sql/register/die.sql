INSERT INTO sim_death (fin, died)
VALUES ($1, $2)
ON CONFLICT (fin) DO NOTHING
