-- baskets: deletes the items of the sales that were deleted from transactions.
-- Reads sale_decisions; writes baskets. Parameter: baskets_of_moves, a condition.
delete from baskets
using sale_decisions
where
    baskets.transaction_id = sale_decisions.transaction_id
    and sale_decisions.place_before = 'transactions'
    and sale_decisions.place_after <> 'transactions'
    and %(baskets_of_moves)s;
