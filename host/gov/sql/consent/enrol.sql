INSERT INTO consent_enrolment (service, citizen, enrolled_ms)
VALUES ($1, $2, $3)
ON CONFLICT (service, citizen) DO NOTHING
