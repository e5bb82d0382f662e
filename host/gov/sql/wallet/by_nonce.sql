SELECT *
FROM verifier_request
WHERE site = $1 AND nonce = $2
