SELECT COUNT(*) AS unread
FROM message
WHERE citizen = $1 AND status = 'delivered' AND read_ms IS NULL
