SELECT id, name, media_type, size, sha256, content
FROM signature_staged
WHERE service = $1 AND id = $2 AND ends_ms > $3
