UPDATE signing_signer
SET citizen = $3, named_ms = $4, namings = namings + 1, pairing = $5, pairing_wrong = 0, paired_ms = NULL
WHERE signing = $1 AND place = $2 AND role = 'named' AND agreed_ms IS NULL AND answer = 'none'
