INSERT INTO staff_event (id, at_ms, actor_name, event, person_name, role, organisation, active)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
