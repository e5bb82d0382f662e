INSERT INTO ledger_transfer (id, payment, kind, cause, at_ms)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (payment, kind, cause) DO NOTHING
