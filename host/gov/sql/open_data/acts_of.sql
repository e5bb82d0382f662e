SELECT id, at_ms, organisation, actor_kind, actor, actor_name, token, act, dataset, detail
FROM open_data_act WHERE organisation = $1 AND ($2 = '' OR dataset = $2) ORDER BY id DESC LIMIT $3
