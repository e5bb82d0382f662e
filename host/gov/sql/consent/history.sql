SELECT consent_id, operation, at_ms
FROM audit_record
WHERE citizen = $1 AND interface = 'consent' AND decision = 'allowed' AND consent_id IS NOT NULL
    AND operation IN ('give', 'refuse', 'pause', 'resume', 'revoke', 'release')
ORDER BY id DESC
LIMIT $2
