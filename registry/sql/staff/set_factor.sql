UPDATE staff
SET totp_secret = $2, totp_step = $3, generation = generation + 1
WHERE id = $1
