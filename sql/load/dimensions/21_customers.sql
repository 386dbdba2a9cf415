-- customers: the customers that appear for the first time in their store in a file to be loaded. A customer's id is the
-- transaction_id of its first sale: nobody else's first sale has it, and no id has to be looked up.
-- Reads stage_sales, file_decisions and stores; writes customers.
insert into customers (customer_id, store_id, customer_hash, hash_key_id)
with staged as (
    select
        stores.store_id,
        stage_sales.customer_hash,
        min(file_decisions.loaded_file_id * 1000000000 + stage_sales.line_number) as customer_id,
        max(case stage_sales.customer_hash when '' then '' else file_decisions.hash_key_id end) as hash_key_id
    from stage_sales
    inner join file_decisions on stage_sales.ingest_id = file_decisions.ingest_id
    inner join stores on stage_sales.store_key = stores.store_key
    where file_decisions.loaded_file_id is not null
    group by stores.store_id, stage_sales.customer_hash
)

select
    staged.customer_id,
    staged.store_id,
    staged.customer_hash,
    staged.hash_key_id
from staged
left join customers
    on staged.store_id = customers.store_id and staged.customer_hash = customers.customer_hash
where customers.customer_id is null;
