UPDATE portal_session
SET data = $2, citizen = $3
WHERE id_hash = $1
