SELECT id, service, organisation, version, digest, size_bytes, manifest, manifest_data, state, state_data, revision,
    created_by, created_at_ms
FROM submission
WHERE service = $1 AND organisation = $2 AND state IN ('vetted', 'first-approved', 'approved', 'deployed')
ORDER BY created_at_ms DESC, id DESC
LIMIT 1
