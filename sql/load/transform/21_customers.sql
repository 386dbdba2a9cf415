-- customers: the customers that appear for the first time in their store in a file to be loaded.
-- They are numbered in no particular order: sorting them would take time and mean nothing.
-- Reads stage_sales, stage_files, file_decisions and stores; writes customers.
insert into customers (customer_id, store_id, customer_hash, hash_key_id)
with staged as (
    select
        stores.store_id,
        stage_sales.customer_hash,
        min(stage_sales.ingest_id) as ingest_id
    from stage_sales
    inner join file_decisions on stage_sales.ingest_id = file_decisions.ingest_id
    inner join stores on stage_sales.store_name = stores.store_name
    where file_decisions.loaded_file_id is not null
    group by stores.store_id, stage_sales.customer_hash
)

select
    (select coalesce(max(existing.customer_id), 0) from customers as existing)
    + row_number() over () as customer_id,
    staged.store_id,
    staged.customer_hash,
    stage_files.hash_key_id
from staged
inner join stage_files on staged.ingest_id = stage_files.ingest_id
left join customers
    on staged.store_id = customers.store_id and staged.customer_hash = customers.customer_hash
where customers.customer_id is null;
