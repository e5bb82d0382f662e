SELECT e.id, e.at_ms, e.actor_name, e.event, e.person_name, e.role, o.name AS organisation_name, e.active
FROM staff_event AS e
LEFT JOIN organisation AS o ON o.id = e.organisation
ORDER BY e.id DESC
LIMIT $1
