DELETE FROM document_place
WHERE ends_ms < $1
