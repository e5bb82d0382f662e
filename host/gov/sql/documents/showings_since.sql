SELECT count(*)
FROM document_showing
WHERE document = $1 AND created_ms > $2
