DELETE FROM exchange_submission
WHERE id = $1 AND status = 'created' AND attempts = 1
