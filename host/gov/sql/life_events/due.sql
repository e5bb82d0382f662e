SELECT id, service, attempts, due_ms
FROM (
    SELECT id, service, attempts, due_ms, happened_ms,
        ROW_NUMBER() OVER (PARTITION BY service ORDER BY due_ms, happened_ms, id) AS place
    FROM life_event
    WHERE due_ms <= $1
) AS due
WHERE place <= $2
ORDER BY due_ms, happened_ms, id
LIMIT $3
