INSERT INTO signing_document (signing, place, label, name, media_type, size, sha256, content)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
