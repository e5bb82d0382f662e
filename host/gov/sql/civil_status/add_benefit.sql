INSERT INTO sim_child_benefit (record, recipient, qepik_a_month, since)
VALUES ($1, $2, $3, $4)
ON CONFLICT (record) DO NOTHING
