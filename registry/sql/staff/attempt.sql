INSERT INTO staff_attempt (id, attempts, ends_at_ms)
VALUES ($1, 1, $3)
ON CONFLICT (id) DO UPDATE
SET attempts = CASE WHEN staff_attempt.ends_at_ms <= $2 THEN 1 ELSE staff_attempt.attempts + 1 END,
    ends_at_ms = CASE WHEN staff_attempt.ends_at_ms <= $2 THEN $3 ELSE staff_attempt.ends_at_ms END
WHERE staff_attempt.ends_at_ms <= $2 OR staff_attempt.attempts < $4
