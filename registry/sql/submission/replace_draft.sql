UPDATE submission
SET digest = $3, size_bytes = $4, manifest = $5, created_by = $6, revision = revision + 1, updated_at_ms = $7
WHERE id = $1 AND revision = $2 AND state = 'draft'
