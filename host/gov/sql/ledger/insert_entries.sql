INSERT INTO ledger_entry (transfer, account, debit_minor, credit_minor)
VALUES ($1, $2, $4, 0), ($1, $3, 0, $4)
