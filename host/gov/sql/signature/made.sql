UPDATE signing_signer
SET answer = 'signed'
WHERE signing = $1 AND place = $2 AND answer = 'confirmed'
