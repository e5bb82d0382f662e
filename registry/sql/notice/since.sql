SELECT reason
FROM service_notice
WHERE service = $1 AND at_ms >= $2
ORDER BY at_ms DESC
LIMIT 1
