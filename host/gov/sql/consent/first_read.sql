UPDATE consent_record
SET first_read_ms = $2
WHERE id = $1 AND first_read_ms IS NULL
