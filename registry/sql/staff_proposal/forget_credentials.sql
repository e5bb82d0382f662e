UPDATE staff_proposal
SET password_hash = NULL, totp_secret = NULL, totp_step = NULL
WHERE id = $1
