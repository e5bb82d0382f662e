SELECT id, site, organisation, content, digest, state, first_by, second_by, created_ms
FROM site_application
WHERE id = $1
