INSERT INTO decision (id, submission, at_ms, actor_kind, actor, actor_name, event, outcome, state_before, state_after,
    digest, evidence, reason, limits, actor_organisation, actor_token)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
