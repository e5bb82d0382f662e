SELECT at_ms, request, version, target, vetting, level, source, context, message,
    service || ' ' || CAST(sequence AS TEXT) AS line
FROM service_log
WHERE service = $1
ORDER BY sequence DESC
LIMIT $2
