INSERT INTO payment_receipt (id, payment, at_ms, sha256, mac)
VALUES ($1, $2, $3, $4, $5)
