SELECT *
FROM signing_signer
WHERE signing = $1
ORDER BY place
