SELECT id, service, organisation, version, digest, size_bytes, manifest, manifest_data, state, state_data, revision,
    created_by, created_at_ms
FROM submission
WHERE service = $1 AND state = 'withdrawn' AND EXISTS (
    SELECT 1 FROM decision
    WHERE decision.submission = submission.id AND decision.event = 'deploy' AND decision.outcome = 'allowed')
ORDER BY updated_at_ms DESC
LIMIT 1
