SELECT due_ms, id
FROM message
WHERE due_ms <= $1 AND (due_ms, id) > ($2, $3)
ORDER BY due_ms, id
LIMIT $4
