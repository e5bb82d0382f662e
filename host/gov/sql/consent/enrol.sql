INSERT INTO consent_enrolment (service, citizen, enrolled_ms, terms)
VALUES ($1, $2, $3, $4)
ON CONFLICT (service, citizen) DO UPDATE
SET enrolled_ms = excluded.enrolled_ms, terms = excluded.terms, ended_ms = NULL, ended_by = NULL
WHERE consent_enrolment.ended_ms IS NOT NULL
