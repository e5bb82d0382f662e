INSERT INTO payment_receipt (id, payment, at_ms, sha256, mac, facts)
VALUES ($1, $2, $3, $4, $5, $6)
