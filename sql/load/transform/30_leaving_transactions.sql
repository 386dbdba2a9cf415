-- leaving_transactions: one row for each sale that leaves the warehouse, or does not come: those of a corrected
-- file, and those that a newer file states again (the newest file that states a sale owns it).
-- Reads file_decisions, stage_sales, stores and transactions.
--   taken_over_by  the transaction that states the sale again; null for a sale that only its file's correction removes
create temp table leaving_transactions as
with bounds as (
    -- between what the batch could take over: of a large table only a little is read
    select
        min(stage_sales.sold_at) as first_sold_at,
        max(stage_sales.sold_at) as last_sold_at
    from stage_sales
),

known_transactions as (
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
    -- sales that several files of the batch state
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
    -- outer joins, though only matches count: without statistics a planner takes inner ones for a single row
    select
        known_transactions.transaction_id,
        file_decisions.loaded_file_id * 1000000000 + stage_sales.line_number as taken_over_by
    from stage_sales
    inner join file_decisions on stage_sales.ingest_id = file_decisions.ingest_id
    left join stores on stage_sales.store_name = stores.store_name
    left join known_transactions
        on
            stage_sales.sale_key = known_transactions.sale_key
            and stage_sales.sold_at = known_transactions.sold_at
            and stores.store_id = known_transactions.store_id
    where file_decisions.loaded_file_id is not null and coalesce(known_transactions.transaction_id, 0) > 0
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
