INSERT INTO identity_token (token_hash, code_hash, client, fin, scope, expires_ms)
SELECT CAST($1 AS TEXT), code_hash, CAST($3 AS TEXT), CAST($4 AS TEXT), CAST($5 AS TEXT), CAST($6 AS BIGINT)
FROM identity_code
WHERE code_hash = $2
