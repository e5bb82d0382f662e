DELETE FROM entry_ticket
WHERE login = $1
