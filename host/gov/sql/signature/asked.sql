UPDATE signing
SET asked_ms = $2
WHERE id = $1 AND status IN ('partly-signed', 'submitted') AND asked_ms = $3
