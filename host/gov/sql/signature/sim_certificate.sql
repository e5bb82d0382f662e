SELECT certificate
FROM sim_certificate
WHERE holder = $1 AND until_ms > $2
ORDER BY until_ms DESC
LIMIT 1
