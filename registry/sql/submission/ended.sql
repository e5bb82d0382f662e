SELECT id, service, organisation, version, digest, size_bytes, manifest, manifest_data, state, state_data, revision,
    created_by, created_at_ms
FROM submission
WHERE state IN ('rejected', 'vetting-failed', 'superseded', 'withdrawn')
ORDER BY updated_at_ms DESC, id DESC
LIMIT $1 OFFSET $2
