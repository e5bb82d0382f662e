SELECT record, qepik_a_month, since
FROM sim_child_benefit
WHERE record = $1
