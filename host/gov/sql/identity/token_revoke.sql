DELETE FROM identity_token
WHERE token_hash = $1 AND client = $2
