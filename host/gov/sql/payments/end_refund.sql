UPDATE payment_refund
SET state = $2
WHERE id = $1 AND state = 'submitted'
