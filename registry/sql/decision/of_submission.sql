SELECT id, at_ms, actor_kind, actor, actor_name, actor_organisation, actor_token, event, outcome, state_before,
    state_after, digest, evidence, reason, limits
FROM decision
WHERE submission = $1
ORDER BY id DESC
LIMIT $2
