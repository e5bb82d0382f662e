SELECT sha256, content
FROM vetting_report
WHERE submission = $1
ORDER BY created_at_ms DESC, sha256 DESC
LIMIT 1
