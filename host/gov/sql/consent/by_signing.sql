SELECT id
FROM consent_record
WHERE signing = $1
