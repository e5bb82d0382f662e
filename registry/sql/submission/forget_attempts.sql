UPDATE submission
SET vetting_attempts = 0
WHERE state = 'vetting' AND vetting_attempts > 0
