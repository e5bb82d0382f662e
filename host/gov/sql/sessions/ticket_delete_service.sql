DELETE FROM entry_ticket
WHERE service = $1
