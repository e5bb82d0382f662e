DELETE FROM portal_session
WHERE citizen = $1
