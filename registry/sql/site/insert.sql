INSERT INTO site_application (id, site, organisation, content, digest, state, created_ms)
VALUES ($1, $2, $3, $4, $5, $6, $7)
