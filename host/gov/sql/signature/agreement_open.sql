SELECT signing.id
FROM signing_agreement
JOIN signing ON signing.id = signing_agreement.signing
WHERE signing.citizen = $1 AND signing.request_hash = $2 AND signing.status IN ('created', 'started', 'submitted')
    AND signing.expires_ms > $3
ORDER BY signing.id DESC
LIMIT 1
