INSERT INTO staff (id, email, name, role, organisation, active, password_hash, totp_secret, totp_step)
SELECT person, email, name, role, organisation, active, password_hash, totp_secret, totp_step
FROM staff_proposal
WHERE id = $1 AND accepted_at_ms IS NOT NULL
ON CONFLICT (email) DO NOTHING
