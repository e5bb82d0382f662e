UPDATE sim_agency_case
SET decides_ms = NULL, status = $2, answer = $3
WHERE message_id = $1 AND decides_ms IS NOT NULL
