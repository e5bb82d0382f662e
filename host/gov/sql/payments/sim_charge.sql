SELECT id, amount_minor, state
FROM sim_charge
WHERE id = $1
