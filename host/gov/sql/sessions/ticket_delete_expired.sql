DELETE FROM entry_ticket
WHERE expires_ms <= $1
