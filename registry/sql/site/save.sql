UPDATE site_application
SET state = $2, first_by = $3, second_by = $4
WHERE id = $1 AND state = $5 AND digest = $6 AND COALESCE(first_by, '') = $7
