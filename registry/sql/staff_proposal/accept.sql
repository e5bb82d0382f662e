UPDATE staff_proposal
SET accepted_at_ms = $2, password_hash = $3, totp_secret = $4, totp_step = $5
WHERE id = $1 AND state = 'open' AND accepted_at_ms IS NULL AND link_ends_at_ms > $2
