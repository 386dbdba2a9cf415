-- leaving_transactions: one row for each sale that is deleted, or not inserted at all: the sales of a corrected file,
-- and those that a newer file contains, too, since the newest file owns a sale that several files contain.
-- Reads file_decisions, stage_sales, stores and transactions.
--   taken_over_by  the newer file's transaction of the same sale; null if the sale's file is corrected
-- An example: morning.csv (file 1) has sales a and b; day.csv (file 2) has a, b and c. Then file 2 takes over a and b,
-- and they leave file 1. If morning.csv is corrected later, it has no sales left, and nothing leaves.
create temp table leaving_transactions as
with bounds as (
    -- the batch can only take over sales of its own time: little of a large table is read
    select
        min(stage_sales.sold_at) as first_sold_at,
        max(stage_sales.sold_at) as last_sold_at
    from stage_sales
),

existing_transactions as (
    select
        transactions.transaction_id,
        transactions.sale_key,
        transactions.sold_at,
        transactions.store_id
    from transactions
    where
        transactions.sold_at >= (select bounds.first_sold_at from bounds)
        and transactions.sold_at <= (select bounds.last_sold_at from bounds)
),

contested as (
    -- sales that several files of this batch contain: the file with the greatest number owns them
    select
        stage_sales.sale_key,
        stage_sales.sold_at,
        stage_sales.store_name,
        max(file_decisions.loaded_file_id) as owner_file_id,
        max(file_decisions.loaded_file_id * 1000000000 + stage_sales.line_number) as owner_id
    from stage_sales
    inner join file_decisions on stage_sales.ingest_id = file_decisions.ingest_id
    where file_decisions.loaded_file_id is not null
    group by stage_sales.sale_key, stage_sales.sold_at, stage_sales.store_name
    having min(file_decisions.loaded_file_id) < max(file_decisions.loaded_file_id)
),

leaving as (
    select
        transactions.transaction_id,
        cast(null as bigint) as taken_over_by
    from file_decisions
    inner join transactions on file_decisions.replaces = transactions.file_id
    where
        file_decisions.replaces is not null
        and transactions.transaction_id
        > (select min(corrections.replaces) * 1000000000 from file_decisions as corrections)
        and transactions.transaction_id
        < (select (max(corrections.replaces) + 1) * 1000000000 from file_decisions as corrections)
    union all
    -- outer joins, though only matches count: without statistics, a planner expects a single row from inner joins
    select
        existing_transactions.transaction_id,
        file_decisions.loaded_file_id * 1000000000 + stage_sales.line_number as taken_over_by
    from stage_sales
    inner join file_decisions on stage_sales.ingest_id = file_decisions.ingest_id
    left join stores on stage_sales.store_name = stores.store_name
    left join existing_transactions
        on
            stage_sales.sale_key = existing_transactions.sale_key
            and stage_sales.sold_at = existing_transactions.sold_at
            and stores.store_id = existing_transactions.store_id
    where file_decisions.loaded_file_id is not null and coalesce(existing_transactions.transaction_id, 0) > 0
    union all
    select
        file_decisions.loaded_file_id * 1000000000 + stage_sales.line_number as transaction_id,
        contested.owner_id as taken_over_by
    from contested
    inner join stage_sales
        on
            contested.sale_key = stage_sales.sale_key
            and contested.sold_at = stage_sales.sold_at
            and contested.store_name = stage_sales.store_name
    inner join file_decisions on stage_sales.ingest_id = file_decisions.ingest_id
    where file_decisions.loaded_file_id < contested.owner_file_id
)

select
    leaving.transaction_id,
    max(leaving.taken_over_by) as taken_over_by
from leaving
group by leaving.transaction_id;
