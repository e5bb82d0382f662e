UPDATE service_name
SET organisation = $2, created_at_ms = $3
WHERE name = $1 AND organisation <> $2 AND deployed_at_ms IS NULL AND created_at_ms <= $4
    AND NOT EXISTS (
        SELECT 1 FROM submission
        WHERE submission.service = service_name.name
            AND submission.state IN ('vetting', 'vetted', 'first-approved', 'approved'))
