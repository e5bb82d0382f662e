SELECT signing_agreement.signing
FROM signing_agreement
JOIN signing ON signing.id = signing_agreement.signing
WHERE signing.status IN ('success', 'failed', 'cancelled', 'error')
ORDER BY signing_agreement.signing
LIMIT $1
