INSERT INTO entry_ticket (ticket_hash, service, login, browser_hash, session, expires_ms)
VALUES ($1, $2, $3, $4, $5, $6)
