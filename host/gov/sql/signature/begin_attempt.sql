UPDATE signing_signer
SET code = $3, choices = $4, attempt_until_ms = $5, locked_until_ms = NULL
WHERE signing = $1 AND place = $2 AND answer = 'none'
