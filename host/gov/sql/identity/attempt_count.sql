UPDATE identity_attempt
SET failures = CASE WHEN last_ms <= $3 THEN 1 ELSE failures + 1 END, last_ms = $2
WHERE fin = $1 AND next_ms <= $2
