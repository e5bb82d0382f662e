SELECT COUNT(*)
FROM signing_signer
JOIN signing ON signing.id = signing_signer.signing
WHERE signing_signer.citizen = $1 AND signing_signer.role <> 'named' AND signing_signer.answer = 'none'
    AND signing.service = $2 AND signing.status IN ('created', 'started', 'partly-signed') AND signing.expires_ms > $3
