SELECT payment, at_ms, facts, sha256, mac
FROM payment_receipt
WHERE id = $1
