UPDATE consent_enrolment
SET ended_ms = $3, ended_by = $4
WHERE service = $1 AND citizen = $2 AND ended_ms IS NULL
