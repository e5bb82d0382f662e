DELETE FROM document_showing
WHERE ends_ms < $1
