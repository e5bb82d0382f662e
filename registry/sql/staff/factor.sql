SELECT totp_secret
FROM staff
WHERE id = $1
