SELECT fin, spouse, record, since
FROM sim_spouse
WHERE fin = $1
