SELECT id, site, organisation, content, digest, state, first_by, second_by, created_ms
FROM site_application
WHERE state = $1
ORDER BY id DESC
LIMIT $2
