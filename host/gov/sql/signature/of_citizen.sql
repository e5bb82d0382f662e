SELECT *
FROM signing
WHERE id IN (SELECT signing_signer.signing FROM signing_signer WHERE signing_signer.citizen = $1 ORDER BY signing_signer.signing DESC LIMIT $2)
ORDER BY id DESC
