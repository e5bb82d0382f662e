UPDATE document_showing
SET seen_ms = $2, presented = $3, ends_ms = $4
WHERE id = $1 AND seen_ms IS NULL
