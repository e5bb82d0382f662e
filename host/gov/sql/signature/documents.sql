SELECT place, label, name, media_type, size, sha256
FROM signing_document
WHERE signing = $1
ORDER BY place
