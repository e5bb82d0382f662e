SELECT service
FROM consent_enrolment
WHERE citizen = $1
ORDER BY service
