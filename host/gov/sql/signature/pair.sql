UPDATE signing_signer
SET paired_ms = $3, pairing = NULL
WHERE signing = $1 AND place = $2 AND paired_ms IS NULL
