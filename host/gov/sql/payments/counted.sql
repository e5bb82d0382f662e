SELECT reserved_minor + committed_minor
FROM payment_budget
WHERE service = $1 AND citizen = $2
