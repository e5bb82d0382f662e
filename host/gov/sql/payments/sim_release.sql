INSERT INTO sim_charge (id, amount_minor, state)
VALUES ($1, $2, $3)
ON CONFLICT (id) DO UPDATE
SET state = excluded.state
WHERE sim_charge.state IN ('challenge', 'held')
