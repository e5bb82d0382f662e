INSERT INTO site_decision (id, application, at_ms, actor_kind, actor, actor_name, actor_organisation, actor_token, event,
    outcome, state_before, state_after, digest, reason)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
