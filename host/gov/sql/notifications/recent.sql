SELECT created_ms
FROM message
WHERE service = $1 AND citizen = $2 AND created_ms > $3 AND status <> 'cancelled'
ORDER BY created_ms DESC
LIMIT 1 OFFSET $4
