SELECT record, mother, father, born, gender, family_name, given_name
FROM sim_birth
WHERE mother = $1 OR father = $1
ORDER BY born, record
