UPDATE signing_signer
SET code = NULL, choices = NULL, attempt_until_ms = NULL, wrong = $3, locked_until_ms = $4
WHERE signing = $1 AND place = $2 AND code = $5
