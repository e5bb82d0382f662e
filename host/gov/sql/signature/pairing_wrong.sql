UPDATE signing_signer
SET pairing_wrong = pairing_wrong + 1
WHERE signing = $1 AND place = $2 AND paired_ms IS NULL
