SELECT p.id AS object
FROM payment p
LEFT JOIN (
    SELECT t.payment,
        SUM(CASE WHEN a.kind = 'card' THEN e.debit_minor - e.credit_minor ELSE 0 END) AS card,
        SUM(CASE WHEN a.kind = 'suspense' THEN e.credit_minor - e.debit_minor ELSE 0 END) AS suspense,
        SUM(CASE WHEN a.kind = 'revenue' THEN e.credit_minor - e.debit_minor ELSE 0 END) AS revenue,
        SUM(CASE WHEN a.kind = 'refunds' THEN e.debit_minor - e.credit_minor ELSE 0 END) AS refunds
    FROM ledger_transfer t
    JOIN ledger_entry e ON e.transfer = t.id
    JOIN ledger_account a ON a.id = e.account
    GROUP BY t.payment
) l ON l.payment = p.id
LEFT JOIN (
    SELECT payment,
        SUM(CASE WHEN state <> 'error' THEN amount_minor ELSE 0 END) AS taken,
        SUM(CASE WHEN state = 'success' THEN amount_minor ELSE 0 END) AS refunds
    FROM payment_refund
    GROUP BY payment
) f ON f.payment = p.id
WHERE COALESCE(l.suspense, 0) <> CASE WHEN p.state = 'capturable' THEN p.amount_minor ELSE 0 END
    OR COALESCE(l.revenue, 0) <> CASE WHEN p.state = 'success' THEN p.amount_minor ELSE 0 END
    OR COALESCE(f.taken, 0) <> p.refunded_minor
    OR COALESCE(l.refunds, 0) <> COALESCE(f.refunds, 0)
    OR COALESCE(l.card, 0)
        <> CASE WHEN p.state IN ('capturable', 'success') THEN p.amount_minor - COALESCE(f.refunds, 0) ELSE 0 END
