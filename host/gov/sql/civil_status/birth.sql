SELECT record, mother, father, born, gender, family_name, given_name
FROM sim_birth
WHERE record = $1
