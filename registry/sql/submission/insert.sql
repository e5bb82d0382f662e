INSERT INTO submission (id, service, organisation, version, digest, size_bytes, manifest, manifest_data, state,
    state_data, revision, created_by, created_at_ms, updated_at_ms)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, $11, $12, $12)
ON CONFLICT (service, version) DO NOTHING
