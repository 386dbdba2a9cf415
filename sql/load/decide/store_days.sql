-- store_days: one row for each store and day of which a staged file, or one of these files of the ledger, states sales.
-- Reads stage_sales, file_days and stores; parameter: file_ids, a list.
select
    staged_days.ingest_id,
    cast(null as bigint) as file_id,
    staged_days.store_key,
    stores.store_id,
    staged_days.sold_on
from (
    select
        stage_sales.ingest_id,
        stage_sales.store_key,
        cast(stage_sales.sold_at as date) as sold_on
    from stage_sales
    group by stage_sales.ingest_id, stage_sales.store_key, cast(stage_sales.sold_at as date)
) as staged_days
left join stores on staged_days.store_key = stores.store_key
union all
select
    cast(null as bigint) as ingest_id,
    file_days.file_id,
    file_days.store_key,
    stores.store_id,
    file_days.sold_on
from file_days
left join stores on file_days.store_key = stores.store_key
where file_days.file_id in %(file_ids)s;
