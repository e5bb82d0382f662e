SELECT citizen
FROM consent_enrolment
WHERE service = $1 AND sub IS NULL
ORDER BY citizen
LIMIT $2
