DELETE FROM portal_login
WHERE citizen = $1
