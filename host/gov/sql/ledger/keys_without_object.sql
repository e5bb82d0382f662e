SELECT k.object AS object
FROM payment_key k
LEFT JOIN payment p ON p.id = k.object
LEFT JOIN payment_refund f ON f.id = k.object
WHERE (k.operation = 'create' AND p.id IS NULL) OR (k.operation = 'refund-payment' AND f.id IS NULL)
