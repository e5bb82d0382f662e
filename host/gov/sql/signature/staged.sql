SELECT id, name, media_type, size, sha256
FROM signature_staged
WHERE service = $1 AND digest = $2
