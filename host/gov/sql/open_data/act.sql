INSERT INTO open_data_act (id, at_ms, organisation, actor_kind, actor, actor_name, token, act, dataset, detail)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
