UPDATE payment
SET refunded_minor = refunded_minor - $2
WHERE id = $1
