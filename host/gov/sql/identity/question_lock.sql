UPDATE consent_record
SET changed_ms = changed_ms
WHERE id = $1
