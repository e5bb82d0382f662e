SELECT client, params, expires_ms
FROM identity_pushed
WHERE id_hash = $1
