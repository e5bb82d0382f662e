DELETE FROM service_session
WHERE id_hash = $1
