UPDATE message
SET confirmed_ms = $2
WHERE id = $1 AND kind = 'formal-notice' AND confirmed_ms IS NULL
