SELECT private
FROM sim_certificate
WHERE number = $1
