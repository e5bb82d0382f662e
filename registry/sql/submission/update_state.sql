UPDATE submission
SET state = $3, state_data = $4, revision = revision + 1, updated_at_ms = $5
WHERE id = $1 AND revision = $2
