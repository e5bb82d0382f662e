SELECT count(*)
FROM verifier_request
WHERE citizen = $1 AND created_ms > $2
