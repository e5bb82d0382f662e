UPDATE exchange_submission
SET answer = NULL
WHERE finished_ms < $1 AND answer IS NOT NULL
