-- reconciliation: one row for each requested file: what became of it, and whether the rows, items and totals of
-- a file to be loaded add up: what ingest counted = kept + taken over by a newer file of the batch + rejected.
-- Reads file_decisions, stage_files, stage_sales, stage_items, stage_rejections, transactions and baskets.
with sales as (
    select
        file_decisions.ingest_id,
        stage_sales.line_number,
        stage_sales.total_price,
        transactions.total_price as kept_price,
        case
            when
                file_decisions.file_id < max(file_decisions.file_id) over (
                    partition by stage_sales.store_name, stage_sales.sold_at, stage_sales.sale_key
                )
                then 1
            else 0
        end as is_taken_over
    from file_decisions
    inner join stage_sales on file_decisions.ingest_id = stage_sales.ingest_id
    left join transactions
        on file_decisions.file_id * 1000000000 + stage_sales.line_number = transactions.transaction_id
    where file_decisions.status = 'loaded'
),

sale_figures as (
    select
        sales.ingest_id,
        count(sales.kept_price) + sum(sales.is_taken_over) as rows_found,
        sum(case sales.is_taken_over when 1 then sales.total_price else coalesce(sales.kept_price, 0) end)
            as total_price
    from sales
    group by sales.ingest_id
),

kept_items as (
    select
        file_decisions.ingest_id,
        count(*) as items_found,
        sum(baskets.unit_price) as total_price
    from file_decisions
    inner join baskets
        on
            file_decisions.file_id * 1000000000 < baskets.transaction_id
            and (file_decisions.file_id + 1) * 1000000000 > baskets.transaction_id
    where file_decisions.status = 'loaded'
    group by file_decisions.ingest_id
),

taken_over_items as (
    select
        sales.ingest_id,
        count(*) as items_found,
        sum(stage_items.unit_price) as total_price
    from sales
    inner join stage_items
        on sales.ingest_id = stage_items.ingest_id and sales.line_number = stage_items.line_number
    where sales.is_taken_over = 1
    group by sales.ingest_id
),

rejected_figures as (
    select
        stage_rejections.ingest_id,
        count(*) as rows_found
    from stage_rejections
    group by stage_rejections.ingest_id
),

figures as (
    select
        file_decisions.ingest_id,
        coalesce(sale_figures.rows_found, 0) + coalesce(rejected_figures.rows_found, 0) as rows_found,
        coalesce(sale_figures.total_price, 0) as sale_total,
        coalesce(kept_items.items_found, 0) + coalesce(taken_over_items.items_found, 0) as items_found,
        coalesce(kept_items.total_price, 0) + coalesce(taken_over_items.total_price, 0) as item_total
    from file_decisions
    left join sale_figures on file_decisions.ingest_id = sale_figures.ingest_id
    left join kept_items on file_decisions.ingest_id = kept_items.ingest_id
    left join taken_over_items on file_decisions.ingest_id = taken_over_items.ingest_id
    left join rejected_figures on file_decisions.ingest_id = rejected_figures.ingest_id
)

select
    stage_files.ingest_id,
    file_decisions.status,
    file_decisions.original_key,
    stage_files.rows_read,
    figures.rows_found,
    stage_files.items,
    figures.items_found,
    stage_files.total,
    figures.sale_total,
    figures.item_total
from file_decisions
inner join stage_files on file_decisions.ingest_id = stage_files.ingest_id
inner join figures on file_decisions.ingest_id = figures.ingest_id;
