SELECT died
FROM sim_death
WHERE fin = $1
