DELETE FROM identity_request
WHERE expires_ms <= $1
