INSERT INTO document_showing (id, document, claims, created_ms, until_ms, seen_ms, shown_to, ends_ms)
VALUES ($1, $2, $3, $4, $4, $4, $5, $6)
