SELECT *
FROM sim_kindergarten_place
WHERE applicant = $1 AND child = $2
