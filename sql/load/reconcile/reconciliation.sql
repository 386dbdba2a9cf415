-- reconciliation: one row for each requested file: its status, and the rows, items and totals that the load wrote.
-- They have to equal the figures of ingest: rows read = inserted + taken over by a newer file of the batch + rejected.
-- Everything is counted where it is now, in the warehouse: a sale that is taken over has to be there as the newer
-- file's, and an item without its sale counts twice, so that the figures cannot agree.
-- Reads file_decisions, leaving_transactions, stage_files, stage_rejections, transactions and baskets.
with bounds as (
    -- everything that the batch inserted has a greater id
    select min(file_decisions.loaded_file_id) * 1000000000 as greatest_earlier_id
    from file_decisions
),

inserted_sales as (
    select transactions.transaction_id
    from transactions
    where transactions.transaction_id > (select bounds.greatest_earlier_id from bounds)
),

counted as (
    select
        transactions.file_id,
        count(*) as rows_found,
        sum(transactions.total_price) as sale_total,
        0 as items_found,
        0.00 as item_total
    from transactions
    where transactions.transaction_id > (select bounds.greatest_earlier_id from bounds)
    group by transactions.file_id
    union all
    select
        baskets.transaction_id / 1000000000 as file_id,
        0 as rows_found,
        0.00 as sale_total,
        count(*) as items_found,
        sum(baskets.unit_price) as item_total
    from baskets
    where baskets.transaction_id > (select bounds.greatest_earlier_id from bounds)
    group by baskets.transaction_id / 1000000000
    union all
    select
        baskets.transaction_id / 1000000000 as file_id,
        0 as rows_found,
        0.00 as sale_total,
        count(*) as items_found,
        0.00 as item_total
    from baskets
    left join inserted_sales on baskets.transaction_id = inserted_sales.transaction_id
    where
        baskets.transaction_id > (select bounds.greatest_earlier_id from bounds)
        and inserted_sales.transaction_id is null
    group by baskets.transaction_id / 1000000000
    union all
    select
        leaving_transactions.transaction_id / 1000000000 as file_id,
        count(*) as rows_found,
        sum(transactions.total_price) as sale_total,
        0 as items_found,
        0.00 as item_total
    from leaving_transactions
    inner join transactions on leaving_transactions.taken_over_by = transactions.transaction_id
    where transactions.transaction_id > (select bounds.greatest_earlier_id from bounds)
    group by leaving_transactions.transaction_id / 1000000000
    union all
    select
        leaving_transactions.transaction_id / 1000000000 as file_id,
        0 as rows_found,
        0.00 as sale_total,
        count(*) as items_found,
        sum(baskets.unit_price) as item_total
    from leaving_transactions
    inner join baskets on leaving_transactions.taken_over_by = baskets.transaction_id
    where baskets.transaction_id > (select bounds.greatest_earlier_id from bounds)
    group by leaving_transactions.transaction_id / 1000000000
    union all
    select
        file_decisions.loaded_file_id as file_id,
        count(*) as rows_found,
        0.00 as sale_total,
        0 as items_found,
        0.00 as item_total
    from stage_rejections
    inner join file_decisions on stage_rejections.ingest_id = file_decisions.ingest_id
    group by file_decisions.loaded_file_id
),

figures as (
    select
        counted.file_id,
        sum(counted.rows_found) as rows_found,
        sum(counted.items_found) as items_found,
        sum(counted.sale_total) as sale_total,
        sum(counted.item_total) as item_total
    from counted
    group by counted.file_id
)

select
    stage_files.ingest_id,
    file_decisions.file_id,
    file_decisions.status,
    file_decisions.duplicate_sentence,
    stage_files.rows_read,
    cast(coalesce(figures.rows_found, 0) as bigint) as rows_found,
    stage_files.items,
    cast(coalesce(figures.items_found, 0) as bigint) as items_found,
    stage_files.total,
    coalesce(figures.sale_total, 0.00) as sale_total,
    coalesce(figures.item_total, 0.00) as item_total
from file_decisions
inner join stage_files on file_decisions.ingest_id = stage_files.ingest_id
left join figures on file_decisions.loaded_file_id = figures.file_id;
