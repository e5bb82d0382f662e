SELECT *
FROM message
WHERE service = $1 AND id < $2 AND created_ms >= $3 AND (CAST($4 AS TEXT) IS NULL OR reference = $4)
ORDER BY id DESC
LIMIT $5
