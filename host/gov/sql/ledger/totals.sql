SELECT CAST(COALESCE(SUM(debit_minor), 0) AS BIGINT) AS debit_minor,
    CAST(COALESCE(SUM(credit_minor), 0) AS BIGINT) AS credit_minor
FROM ledger_entry
