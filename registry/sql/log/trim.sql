DELETE FROM service_log
WHERE service = $1 AND sequence <= (
    SELECT COALESCE(MAX(sequence), 0)
    FROM (
        SELECT sequence, CAST(SUM(bytes) OVER (ORDER BY sequence DESC) AS BIGINT) AS total
        FROM service_log
        WHERE service = $1
    ) AS counted
    WHERE total > $2
)
