UPDATE consent_enrolment_count
SET citizens = citizens - 1
WHERE service = $1
