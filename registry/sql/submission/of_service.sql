SELECT id, service, organisation, version, digest, size_bytes, manifest, manifest_data, state, state_data, revision,
    created_by, created_at_ms
FROM submission
WHERE service = $1
ORDER BY created_at_ms DESC, id DESC
LIMIT $2
