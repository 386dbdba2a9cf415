-- stores: the stores that appear for the first time in a file to be loaded.
-- Reads stage_sales and file_decisions; writes stores.
insert into stores (store_id, store_name)
with stores_of_files as (
    select distinct
        stage_sales.ingest_id,
        stage_sales.store_name
    from stage_sales
),

staged as (
    select distinct stores_of_files.store_name
    from stores_of_files
    inner join file_decisions on stores_of_files.ingest_id = file_decisions.ingest_id
    where file_decisions.loaded_file_id is not null
)

select
    (select coalesce(max(existing.store_id), 0) from stores as existing)
    + row_number() over (order by staged.store_name) as store_id,
    staged.store_name
from staged
left join stores on staged.store_name = stores.store_name
where stores.store_id is null;
