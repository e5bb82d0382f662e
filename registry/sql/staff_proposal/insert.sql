INSERT INTO staff_proposal (id, created_at_ms, proposed_by, kind, person, email, name, role, organisation, active,
    due_at_ms, link_sha256, link_ends_at_ms, accepted_at_ms, password_hash, totp_secret, totp_step, state)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, NULL, NULL, NULL, NULL, 'open')
ON CONFLICT DO NOTHING
