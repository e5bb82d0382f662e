DELETE FROM verifier_request
WHERE ends_ms < $1
