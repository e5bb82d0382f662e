INSERT INTO document (id, service, key, request_hash, citizen, kind, claims, service_title, controller, valid_from_ms, expires_ms, acceptance, standing, replaces, created_ms)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
