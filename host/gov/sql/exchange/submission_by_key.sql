SELECT *
FROM exchange_submission
WHERE service = $1 AND key = $2
