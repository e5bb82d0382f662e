SELECT *
FROM exchange_submission
WHERE due_ms <= $1
ORDER BY due_ms
LIMIT $2
