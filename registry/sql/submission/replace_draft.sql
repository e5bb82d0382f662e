UPDATE submission
SET digest = $3, size_bytes = $4, manifest = $5, manifest_data = $6, created_by = $7, revision = revision + 1,
    updated_at_ms = $8
WHERE id = $1 AND revision = $2 AND state = 'draft'
