UPDATE presentation
SET citizen = $2, status = 'started'
WHERE id = $1 AND presenter = 'anyone' AND status = 'created' AND expires_ms > $3
