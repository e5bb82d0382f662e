UPDATE staff
SET role = $2, organisation = $3, active = $4
WHERE id = $1
