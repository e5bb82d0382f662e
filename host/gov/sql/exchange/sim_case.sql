SELECT *
FROM sim_agency_case
WHERE message_id = $1
