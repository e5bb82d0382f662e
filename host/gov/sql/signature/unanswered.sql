SELECT id
FROM signing
WHERE status IN ('partly-signed', 'submitted') AND asked_ms <= $1
    AND EXISTS (SELECT 1 FROM signing_signer WHERE signing_signer.signing = signing.id AND signing_signer.answer = 'confirmed')
ORDER BY asked_ms
LIMIT $2
