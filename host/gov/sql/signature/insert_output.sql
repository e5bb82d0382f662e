INSERT INTO signing_output (id, signing, name, media_type, size, sha256, content)
VALUES ($1, $2, $3, $4, $5, $6, $7)
