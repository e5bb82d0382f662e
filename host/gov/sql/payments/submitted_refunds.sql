SELECT at_ms, id
FROM payment_refund
WHERE state = 'submitted' AND at_ms <= $1 AND (at_ms, id) > ($2, $3)
ORDER BY at_ms, id
LIMIT $4
