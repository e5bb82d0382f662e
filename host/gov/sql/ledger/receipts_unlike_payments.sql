SELECT p.id AS object
FROM payment p
LEFT JOIN payment_receipt r ON r.payment = p.id
WHERE (p.state = 'success') <> (r.id IS NOT NULL)
