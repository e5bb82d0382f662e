SELECT COUNT(*), CAST(COALESCE(SUM(size), 0) AS BIGINT)
FROM signature_staged
WHERE service = $1 AND ends_ms > $2
