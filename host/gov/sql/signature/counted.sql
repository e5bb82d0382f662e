SELECT asked
FROM signing_count
WHERE service = $1
