UPDATE signing_signer
SET agreed_ms = $3
WHERE signing = $1 AND place = $2 AND role = 'named' AND citizen = $4 AND paired_ms IS NOT NULL AND agreed_ms IS NULL AND answer = 'none'
