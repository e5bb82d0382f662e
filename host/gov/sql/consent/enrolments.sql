SELECT service, enrolled_ms, terms, ended_ms, ended_by
FROM consent_enrolment
WHERE citizen = $1
ORDER BY service
