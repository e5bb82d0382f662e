SELECT COUNT(*)
FROM message
WHERE service = $1 AND citizen = $2 AND created_ms > $3 AND status <> 'cancelled'
