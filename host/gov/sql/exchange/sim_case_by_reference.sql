SELECT *
FROM sim_agency_case
WHERE operation = $1 AND reference = $2
