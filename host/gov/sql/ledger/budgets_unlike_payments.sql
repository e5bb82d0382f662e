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
