UPDATE signing_signer
SET answer = $3, answered_ms = $4, code = NULL, choices = NULL, attempt_until_ms = NULL
WHERE signing = $1 AND place = $2 AND answer = 'none'
