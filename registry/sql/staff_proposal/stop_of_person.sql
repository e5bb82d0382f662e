UPDATE staff_proposal
SET state = 'stopped', link_sha256 = NULL, password_hash = NULL, totp_secret = NULL, totp_step = NULL
WHERE person = $1 AND state = 'open'
