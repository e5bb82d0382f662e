INSERT INTO organisation_verification (organisation, at_ms, verified_by, evidence)
VALUES ($1, $2, $3, $4)
ON CONFLICT (organisation) DO NOTHING
