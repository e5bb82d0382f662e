SELECT t.login, t.session
FROM entry_ticket t
JOIN portal_login l ON l.id = t.login
WHERE t.ticket_hash = $1 AND t.service = $2 AND t.browser_hash = $3 AND t.expires_ms > $4 AND l.expires_ms > $4
