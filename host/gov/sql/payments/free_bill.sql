UPDATE payment_bill
SET payment = NULL
WHERE id = $1 AND payment = $2 AND paid_ms IS NULL
