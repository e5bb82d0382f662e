UPDATE payment_bill
SET paid_ms = $3
WHERE id = $1 AND payment = $2 AND paid_ms IS NULL
