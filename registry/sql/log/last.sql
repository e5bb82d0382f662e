SELECT COALESCE(MAX(sequence), 0) AS sequence
FROM service_log
WHERE service = $1
