SELECT taken_ms
FROM sim_alert
WHERE id = $1
