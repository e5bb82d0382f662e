SELECT p.id, p.created_at_ms, p.proposed_by, a.name AS proposer_name, p.kind, p.person, p.email, p.name, p.role,
    p.organisation, p.active, p.due_at_ms, p.link_ends_at_ms, p.accepted_at_ms
FROM staff_proposal AS p
JOIN staff AS a ON a.id = p.proposed_by
WHERE p.state = 'open'
ORDER BY p.id
