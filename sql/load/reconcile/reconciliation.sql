-- reconciliation: one row for each file whose sales were loaded: the rows, items and totals that are in the warehouse;
-- and one row without a file_id, whose rows_found is the number of moved sales that are not in the one place that was
-- decided. Everything is counted where it is now: rows read = counted + kept aside + rejected. Of the rejected rows
-- only the first ones of a file are there; chalicelib/load/reconciliation.py says how many. An item without its sale
-- counts twice, so that the figures cannot agree.
-- Reads sale_decisions, transactions, baskets, kept_aside and rejected_rows. Parameters: first_transaction_id
-- and last_transaction_id, the batch's ids; first_file_id and last_file_id, its files; transactions_of_moves,
-- kept_aside_of_moves and baskets_of_moves, conditions.
with found as (
    select
        transactions.file_id,
        count(*) as rows_found,
        sum(transactions.total_price) as sale_total,
        0 as items_found,
        0.00 as item_total
    from transactions
    where
        transactions.transaction_id >= %(first_transaction_id)s
        and transactions.transaction_id <= %(last_transaction_id)s
    group by transactions.file_id
    union all
    select
        baskets.transaction_id / 1000000000 as file_id,
        0 as rows_found,
        0.00 as sale_total,
        2 * count(*) - count(transactions.transaction_id) as items_found,
        sum(baskets.unit_price) as item_total
    from baskets
    left join transactions
        on
            baskets.transaction_id = transactions.transaction_id
            and transactions.transaction_id >= %(first_transaction_id)s
            and transactions.transaction_id <= %(last_transaction_id)s
    where
        baskets.transaction_id >= %(first_transaction_id)s
        and baskets.transaction_id <= %(last_transaction_id)s
    group by baskets.transaction_id / 1000000000
    union all
    select
        kept_aside.file_id,
        sum(case kept_aside.item_number when 1 then 1 else 0 end) as rows_found,
        sum(case kept_aside.item_number when 1 then kept_aside.total_price else 0.00 end) as sale_total,
        count(*) as items_found,
        sum(kept_aside.unit_price) as item_total
    from kept_aside
    where
        kept_aside.transaction_id >= %(first_transaction_id)s
        and kept_aside.transaction_id <= %(last_transaction_id)s
    group by kept_aside.file_id
    union all
    select
        rejected_rows.file_id,
        count(*) as rows_found,
        0.00 as sale_total,
        0 as items_found,
        0.00 as item_total
    from rejected_rows
    where rejected_rows.file_id >= %(first_file_id)s and rejected_rows.file_id <= %(last_file_id)s
    group by rejected_rows.file_id
),

places as (
    select
        sale_decisions.transaction_id,
        'transactions' as place,
        transactions.total_price,
        baskets.unit_price,
        baskets.item_number
    from sale_decisions
    inner join transactions on sale_decisions.transaction_id = transactions.transaction_id
    left join baskets on transactions.transaction_id = baskets.transaction_id and %(baskets_of_moves)s
    where %(transactions_of_moves)s
    union all
    select
        sale_decisions.transaction_id,
        'kept_aside' as place,
        kept_aside.total_price,
        kept_aside.unit_price,
        kept_aside.item_number
    from sale_decisions
    inner join kept_aside on sale_decisions.transaction_id = kept_aside.transaction_id
    where %(kept_aside_of_moves)s
),

moved as (
    -- each item once, all in one place, and together as much as the sale
    select
        sale_decisions.transaction_id,
        sale_decisions.place_after,
        count(places.place) as items,
        count(distinct places.item_number) as different_items,
        min(places.place) as first_place,
        max(places.place) as last_place,
        coalesce(max(places.total_price), 0.00) - coalesce(sum(places.unit_price), 0.00) as missing
    from sale_decisions
    left join places on sale_decisions.transaction_id = places.transaction_id
    group by sale_decisions.transaction_id, sale_decisions.place_after
)

select
    found.file_id,
    sum(found.rows_found) as rows_found,
    sum(found.items_found) as items_found,
    sum(found.sale_total) as sale_total,
    sum(found.item_total) as item_total
from found
group by found.file_id
union all
select
    cast(null as bigint) as file_id,
    count(*) as rows_found,
    0 as items_found,
    0.00 as sale_total,
    0.00 as item_total
from moved
where
    moved.missing <> 0.00
    or moved.items <> moved.different_items
    or coalesce(moved.first_place, 'nowhere') <> moved.place_after
    or coalesce(moved.last_place, 'nowhere') <> moved.place_after;
