SELECT b.id AS object
FROM payment_bill b
LEFT JOIN payment p ON p.id = b.payment
WHERE b.payment IS NOT NULL
    AND (p.id IS NULL OR COALESCE(p.bill, '') <> b.id OR p.amount_minor <> b.amount_minor
        OR p.service_code <> b.service_code
        OR (p.state NOT IN ('capturable', 'success') AND COALESCE(p.asked, '') NOT IN ('authorise', 'approve'))
        OR (p.state = 'success') <> (b.paid_ms IS NOT NULL))
UNION ALL
SELECT p.bill AS object
FROM payment p
JOIN payment_bill b ON b.id = p.bill
WHERE (p.state IN ('capturable', 'success') OR p.asked IN ('authorise', 'approve')) AND (b.payment IS NULL OR b.payment <> p.id)
