INSERT INTO life_timer (id, service, key, request_hash, citizen, name, data, due_ms, state)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'pending')
