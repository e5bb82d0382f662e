DELETE FROM sim_spouse
WHERE fin = $1 OR spouse = $1
