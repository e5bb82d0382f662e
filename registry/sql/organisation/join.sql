INSERT INTO organisation_member (organisation, citizen, since_ms)
VALUES ($1, $2, $3)
ON CONFLICT (citizen) DO NOTHING
