UPDATE payment_bill
SET payment = $2
WHERE id = $1 AND payment IS NULL AND paid_ms IS NULL
