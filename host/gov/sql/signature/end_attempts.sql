UPDATE signing_signer
SET code = NULL, choices = NULL, attempt_until_ms = NULL, pairing = NULL
WHERE signing = $1
