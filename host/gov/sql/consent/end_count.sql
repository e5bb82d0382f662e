UPDATE consent_enrolment_count
SET citizens = 0
WHERE service = $1
