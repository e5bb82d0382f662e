DELETE FROM entry_ticket
WHERE ticket_hash = $1
