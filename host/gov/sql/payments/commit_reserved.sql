UPDATE payment_budget
SET reserved_minor = reserved_minor - $3, committed_minor = committed_minor + $3
WHERE service = $1 AND citizen = $2
