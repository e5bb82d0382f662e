INSERT INTO payment_budget (service, citizen, reserved_minor, committed_minor)
VALUES ($1, $2, $3, 0)
ON CONFLICT (service, citizen) DO UPDATE
SET reserved_minor = payment_budget.reserved_minor + excluded.reserved_minor
WHERE payment_budget.reserved_minor + payment_budget.committed_minor + excluded.reserved_minor <= $4
