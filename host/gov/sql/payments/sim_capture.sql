UPDATE sim_charge
SET state = $3
WHERE id = $1 AND amount_minor = $2 AND state = 'held'
