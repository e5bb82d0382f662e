DELETE FROM service_session
WHERE service = $1
