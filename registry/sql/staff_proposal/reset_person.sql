UPDATE staff
SET password_hash = p.password_hash, totp_secret = p.totp_secret, totp_step = p.totp_step,
    generation = staff.generation + 1
FROM staff_proposal AS p
WHERE p.id = $1 AND p.accepted_at_ms IS NOT NULL AND staff.id = p.person
