INSERT INTO sim_alert (id, citizen, taken_ms)
VALUES ($1, $2, $3)
ON CONFLICT DO NOTHING
