INSERT INTO sim_signature_order (id, number, hashes)
VALUES ($1, $2, $3)
ON CONFLICT (id) DO NOTHING
