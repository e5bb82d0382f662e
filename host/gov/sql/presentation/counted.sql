SELECT asked
FROM presentation_count
WHERE service = $1
