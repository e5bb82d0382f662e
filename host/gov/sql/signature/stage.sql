INSERT INTO signature_staged (id, service, digest, name, media_type, size, sha256, content, ends_ms)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (service, digest) DO UPDATE SET ends_ms = $9
