SELECT id, name, media_type, size, sha256
FROM signing_output
WHERE signing = $1
ORDER BY id
