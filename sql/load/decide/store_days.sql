-- store_days: one row for each store and day of which a staged file states sales, and how many; and one for each file
-- of the ledger with sales of these stores and days, or of those of the files with these file_ids.
-- Reads stage_sales and file_days; parameter: file_ids, a list.
with staged_days as (
    select
        stage_sales.ingest_id,
        stage_sales.store_key,
        cast(stage_sales.sold_at as date) as sold_on,
        count(*) as sales
    from stage_sales
    group by stage_sales.ingest_id, stage_sales.store_key, cast(stage_sales.sold_at as date)
),

all_days as (
    select
        staged_days.store_key,
        staged_days.sold_on
    from staged_days
    union all
    select
        file_days.store_key,
        file_days.sold_on
    from file_days
    where file_days.file_id in %(file_ids)s
),

batch_days as (
    select
        all_days.store_key,
        all_days.sold_on
    from all_days
    group by all_days.store_key, all_days.sold_on
)

select
    staged_days.ingest_id,
    cast(null as bigint) as file_id,
    staged_days.store_key,
    staged_days.sold_on,
    staged_days.sales
from staged_days
union all
select
    cast(null as bigint) as ingest_id,
    file_days.file_id,
    file_days.store_key,
    file_days.sold_on,
    file_days.sales
from batch_days
inner join file_days on batch_days.store_key = file_days.store_key and batch_days.sold_on = file_days.sold_on;
