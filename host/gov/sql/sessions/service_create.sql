INSERT INTO service_session (id_hash, service, login, session, expires_ms)
VALUES ($1, $2, $3, $4, $5)
