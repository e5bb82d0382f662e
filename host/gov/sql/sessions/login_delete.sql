DELETE FROM portal_login
WHERE id = $1
