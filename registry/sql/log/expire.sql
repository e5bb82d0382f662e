DELETE FROM service_log
WHERE at_ms < $1
