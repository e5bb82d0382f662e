SELECT asked_ms, id
FROM payment
WHERE asked IS NOT NULL AND asked_ms <= $1 AND (asked_ms, id) > ($2, $3)
ORDER BY asked_ms, id
LIMIT $4
