-- transactions: deletes the sales of files that leave, and those that are kept aside now.
-- Reads sale_decisions; writes transactions. Parameter: transactions_of_moves, a condition.
delete from transactions
using sale_decisions
where
    transactions.transaction_id = sale_decisions.transaction_id
    and sale_decisions.place_before = 'transactions'
    and sale_decisions.place_after <> 'transactions'
    and %(transactions_of_moves)s;
