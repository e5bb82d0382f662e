SELECT service, terms
FROM consent_enrolment
WHERE service = $1 AND citizen = $2 AND ended_ms IS NULL
