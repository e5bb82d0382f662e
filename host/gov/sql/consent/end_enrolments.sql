UPDATE consent_enrolment
SET ended_ms = $2, ended_by = 'withdrawn'
WHERE service = $1 AND ended_ms IS NULL
