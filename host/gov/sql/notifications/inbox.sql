SELECT *
FROM message
WHERE citizen = $1 AND status = 'delivered'
    AND (CAST($2 AS TEXT) IS NULL
        OR (completed_ms, id) < (SELECT completed_ms, id FROM message WHERE id = $2 AND citizen = $1))
ORDER BY completed_ms DESC, id DESC
LIMIT $3
