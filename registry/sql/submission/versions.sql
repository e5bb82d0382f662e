SELECT id, organisation, version, state
FROM submission
WHERE service = $1
ORDER BY created_at_ms, id
