UPDATE payment
SET refunded_minor = refunded_minor + $2
WHERE id = $1 AND state = 'success' AND amount_minor - refunded_minor = $3
