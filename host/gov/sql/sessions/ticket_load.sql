SELECT login, session
FROM entry_ticket
WHERE ticket_hash = $1 AND service = $2 AND browser_hash = $3 AND expires_ms > $4
