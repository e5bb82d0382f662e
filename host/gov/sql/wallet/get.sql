SELECT *
FROM verifier_request
WHERE id = $1
