SELECT *
FROM exchange_submission
WHERE id = $1
