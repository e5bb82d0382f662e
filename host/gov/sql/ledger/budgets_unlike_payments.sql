SELECT s.service AS object
FROM (
    SELECT service, citizen,
        SUM(CASE WHEN state IN ('created', 'started', 'submitted', 'capturable') THEN amount_minor ELSE 0 END) AS reserved,
        SUM(CASE WHEN state = 'success' THEN amount_minor ELSE 0 END) AS committed
    FROM payment
    GROUP BY service, citizen
    UNION ALL
    SELECT service, '' AS citizen,
        SUM(CASE WHEN state IN ('created', 'started', 'submitted', 'capturable') THEN amount_minor ELSE 0 END) AS reserved,
        SUM(CASE WHEN state = 'success' THEN amount_minor ELSE 0 END) AS committed
    FROM payment
    GROUP BY service
) s
LEFT JOIN payment_budget b ON b.service = s.service AND b.citizen = s.citizen
WHERE COALESCE(b.reserved_minor, -1) <> s.reserved OR COALESCE(b.committed_minor, -1) <> s.committed
UNION ALL
SELECT b.service AS object
FROM payment_budget b
WHERE (b.reserved_minor <> 0 OR b.committed_minor <> 0)
    AND NOT EXISTS (
        SELECT p.id
        FROM payment p
        WHERE p.service = b.service AND b.citizen IN ('', p.citizen)
    )
