SELECT service
FROM consent_enrolment
WHERE citizen = $1 AND ended_ms IS NULL
ORDER BY service
