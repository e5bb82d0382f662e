INSERT INTO sim_birth (record, mother, father, born, gender, family_name)
VALUES ($1, $2, $3, $4, $5, $6)
