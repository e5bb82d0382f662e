UPDATE consent_enrolment
SET sub = $3
WHERE service = $1 AND citizen = $2
