SELECT id, at_ms, actor_kind, actor, actor_name, actor_organisation, actor_token, event, outcome, state_before,
    state_after, digest, CAST(NULL AS TEXT) AS evidence, reason, CAST(NULL AS TEXT) AS limits
FROM site_decision
WHERE application = $1
ORDER BY id DESC
LIMIT $2
