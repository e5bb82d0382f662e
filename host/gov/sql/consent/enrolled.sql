SELECT citizens
FROM consent_enrolment_count
WHERE service = $1
