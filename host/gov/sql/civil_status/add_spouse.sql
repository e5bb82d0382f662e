INSERT INTO sim_spouse (fin, spouse, record, since)
VALUES ($1, $2, $3, $4)
