SELECT fin, address, since
FROM sim_residence
WHERE fin = $1
