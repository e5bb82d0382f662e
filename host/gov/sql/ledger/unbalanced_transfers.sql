SELECT t.id AS object
FROM ledger_transfer t
LEFT JOIN ledger_entry e ON e.transfer = t.id
GROUP BY t.id
HAVING COUNT(e.account) <> 2 OR SUM(e.debit_minor) <> SUM(e.credit_minor)
