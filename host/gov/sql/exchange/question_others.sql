SELECT COUNT(DISTINCT object) AS others
FROM audit_record
WHERE interface = 'exchange' AND operation = 'exists' AND consent_id = $1 AND decision = 'allowed' AND object <> $2
