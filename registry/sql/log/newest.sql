SELECT sequence, at_ms, request, version, target, vetting, level, source, context, message
FROM service_log
WHERE service = $1
ORDER BY sequence DESC
LIMIT $2
