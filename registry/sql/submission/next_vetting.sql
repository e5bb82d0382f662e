SELECT id, vetting_attempts
FROM submission
WHERE state = 'vetting' AND vetting_after_ms <= $1
ORDER BY (
    SELECT COALESCE(MAX(r.created_at_ms), 0)
    FROM vetting_report AS r
    JOIN submission AS s ON s.id = r.submission
    WHERE s.organisation = submission.organisation
), updated_at_ms, id
LIMIT 1
