SELECT
    (SELECT COUNT(*) FROM submission WHERE organisation = $1
        AND state IN ('draft', 'vetting', 'vetted', 'first-approved', 'approved')) AS undecided,
    (SELECT COUNT(*) FROM submission WHERE organisation = $1 AND created_at_ms > $2) AS recent,
    (SELECT COUNT(*) FROM service_name WHERE organisation = $1) AS names
