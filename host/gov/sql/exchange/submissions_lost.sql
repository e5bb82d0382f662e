SELECT *
FROM exchange_submission
WHERE status = 'error'
ORDER BY id DESC
LIMIT $1
