INSERT INTO sim_agency_case (message_id, operation, reference, sent, decides_ms, status, answer)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (message_id) DO NOTHING
