DELETE FROM service_session
WHERE login = $1
