SELECT c.id, c.at_ms, a.name AS actor_name, p.name AS person_name, c.role, o.name AS organisation_name, c.active
FROM staff_change AS c
JOIN staff AS a ON a.id = c.actor
JOIN staff AS p ON p.id = c.person
LEFT JOIN organisation AS o ON o.id = c.organisation
ORDER BY c.id DESC
LIMIT $1
