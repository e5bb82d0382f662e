SELECT citizen
FROM consent_enrolment
WHERE service = $1 AND sub = $2 AND ended_ms IS NULL
