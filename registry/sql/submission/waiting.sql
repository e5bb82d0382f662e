SELECT w.id, w.organisation, w.digest, w.size_bytes, w.vetting_attempts, w.vetting_after_ms, w.updated_at_ms,
    COALESCE(served.at_ms, 0) AS served_ms
FROM submission AS w
LEFT JOIN (
    SELECT s.organisation, MAX(r.created_at_ms) AS at_ms
    FROM vetting_report AS r
    JOIN submission AS s ON s.id = r.submission
    WHERE s.organisation IN (SELECT organisation FROM submission WHERE state = 'vetting')
    GROUP BY s.organisation
) AS served ON served.organisation = w.organisation
WHERE w.state = 'vetting'
ORDER BY w.updated_at_ms, w.id
LIMIT $1
