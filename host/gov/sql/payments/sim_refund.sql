INSERT INTO sim_refund (id, charge, amount_minor)
SELECT CAST($1 AS TEXT), c.id, CAST($3 AS BIGINT)
FROM sim_charge c
WHERE c.id = $2 AND c.state = 'settled'
    AND c.amount_minor >= CAST($3 AS BIGINT) + (
        SELECT CAST(COALESCE(SUM(r.amount_minor), 0) AS BIGINT)
        FROM sim_refund r
        WHERE r.charge = c.id
    )
ON CONFLICT (id) DO NOTHING
