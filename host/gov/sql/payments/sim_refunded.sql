SELECT charge
FROM sim_refund
WHERE id = $1
