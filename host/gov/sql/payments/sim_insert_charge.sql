INSERT INTO sim_charge (id, amount_minor, state)
VALUES ($1, $2, $3)
ON CONFLICT (id) DO NOTHING
