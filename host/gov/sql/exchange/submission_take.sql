UPDATE exchange_submission
SET due_ms = $2, attempts = attempts + 1
WHERE id = $1 AND due_ms = $3
