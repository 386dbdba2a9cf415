-- stores: the stores that appear for the first time in a file to be loaded, as that file spells them.
-- Reads stage_sales and file_decisions; writes stores.
insert into stores (store_id, store_name, store_key)
with staged as (
    select
        stage_sales.store_key,
        min(stage_sales.store_name) as store_name
    from stage_sales
    inner join file_decisions on stage_sales.ingest_id = file_decisions.ingest_id
    where file_decisions.loaded_file_id is not null
    group by stage_sales.store_key
)

select
    (select coalesce(max(existing.store_id), 0) from stores as existing)
    + row_number() over (order by staged.store_key) as store_id,
    staged.store_name,
    staged.store_key
from staged
left join stores on staged.store_key = stores.store_key
where stores.store_id is null;
