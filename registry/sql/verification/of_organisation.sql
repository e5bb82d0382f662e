SELECT v.at_ms, v.evidence, s.name AS verified_by_name
FROM organisation_verification AS v
JOIN staff AS s ON s.id = v.verified_by
WHERE v.organisation = $1
