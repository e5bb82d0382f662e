SELECT citizen
FROM consent_enrolment
WHERE service = $1 AND citizen = $2
