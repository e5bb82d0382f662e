SELECT client, fin, scope
FROM identity_token
WHERE token_hash = $1 AND expires_ms > $2
