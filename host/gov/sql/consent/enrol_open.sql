INSERT INTO consent_enrolment_count (service, citizens)
VALUES ($1, 0)
ON CONFLICT (service) DO NOTHING
