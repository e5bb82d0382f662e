INSERT INTO life_event (id, service, type, citizen, object, name, happened_ms, created_ms, content_type, data,
    state, attempts, due_ms, give_up_ms)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'waiting', 0, $8, $11)
