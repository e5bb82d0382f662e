UPDATE sim_birth
SET given_name = $2, named = $3
WHERE record = $1 AND given_name IS NULL
