SELECT id, service, organisation, version, digest, size_bytes, manifest, manifest_data, state, state_data, revision,
    created_by, created_at_ms
FROM submission
WHERE state IN ('vetting', 'vetted', 'first-approved', 'approved')
ORDER BY updated_at_ms, id
LIMIT $1 OFFSET $2
