INSERT INTO document_showing (id, document, claims, created_ms, until_ms, ends_ms)
VALUES ($1, $2, $3, $4, $5, $5)
