UPDATE consent_enrolment
SET terms = $3
WHERE service = $1 AND citizen = $2 AND ended_ms IS NULL AND terms <> $3
