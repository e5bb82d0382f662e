INSERT INTO ledger_account (id, kind, owner)
VALUES ($1, $2, $3)
ON CONFLICT DO NOTHING
