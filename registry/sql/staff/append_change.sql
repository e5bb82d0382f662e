INSERT INTO staff_change (id, at_ms, actor, person, role, organisation, active)
VALUES ($1, $2, $3, $4, $5, $6, $7)
