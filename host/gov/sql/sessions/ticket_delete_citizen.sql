DELETE FROM entry_ticket
WHERE service = $1 AND login IN (SELECT id FROM portal_login WHERE citizen = $2)
