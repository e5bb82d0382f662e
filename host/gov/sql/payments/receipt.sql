SELECT id, payment, at_ms, sha256, mac, facts
FROM payment_receipt
WHERE id = $1
