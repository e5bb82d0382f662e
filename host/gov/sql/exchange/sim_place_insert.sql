INSERT INTO sim_kindergarten_place (reference, applicant, child, kindergarten, age_group, first_day)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (applicant, child) DO NOTHING
