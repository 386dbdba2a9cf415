-- kept_aside: deletes the sales of files that leave, those that count now, and the rows of before of those that are
-- kept aside for another sale now.
-- Reads sale_decisions; writes kept_aside. Parameter: kept_aside_of_moves, a condition.
delete from kept_aside
using sale_decisions
where
    kept_aside.transaction_id = sale_decisions.transaction_id
    and sale_decisions.place_before = 'kept_aside'
    and (sale_decisions.place_after <> 'kept_aside' or sale_decisions.taken_over_by <> kept_aside.taken_over_by)
    and %(kept_aside_of_moves)s;
