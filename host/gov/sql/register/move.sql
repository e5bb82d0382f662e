INSERT INTO sim_residence (fin, address, since)
VALUES ($1, $2, $3)
ON CONFLICT (fin) DO UPDATE SET address = excluded.address, since = excluded.since
