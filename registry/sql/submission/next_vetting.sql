SELECT id, service, organisation, version, digest, size_bytes, manifest, state, state_data, revision, created_by,
    created_at_ms
FROM submission
WHERE state = 'vetting'
ORDER BY updated_at_ms, id
LIMIT 1
