INSERT INTO document_place (list, place, document, ends_ms)
VALUES ($1, $2, $3, $4)
ON CONFLICT (list, place) DO NOTHING
