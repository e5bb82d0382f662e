SELECT *
FROM signing_signer
WHERE signing IN (SELECT mine.signing FROM signing_signer AS mine WHERE mine.citizen = $1 ORDER BY mine.signing DESC LIMIT $2)
ORDER BY signing, place
