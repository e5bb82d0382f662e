UPDATE signing_signer
SET answer = 'confirmed', answered_ms = $3, code = NULL, choices = NULL, attempt_until_ms = NULL, wrong = 0
WHERE signing = $1 AND place = $2 AND answer = 'none' AND code = $4
