-- transactions: the sales of the files to be loaded come, those they replace go. Of a sale that several files
-- of the batch state, the newest file's is kept.
-- Reads leaving_transactions, file_decisions, stage_sales, stores and customers; writes transactions.
delete from transactions
using leaving_transactions
where transactions.transaction_id = leaving_transactions.transaction_id;

insert into transactions (
    transaction_id, file_id, line_number, sale_key, sold_at, store_id, customer_id, payment_type, total_price
)
with staged as (
    select
        stage_sales.line_number,
        stage_sales.sale_key,
        stage_sales.sold_at,
        stage_sales.store_name,
        stage_sales.customer_hash,
        stage_sales.payment_type,
        stage_sales.total_price,
        file_decisions.file_id,
        max(file_decisions.file_id) over (
            partition by stage_sales.store_name, stage_sales.sold_at, stage_sales.sale_key
        ) as owner_file_id
    from stage_sales
    inner join file_decisions on stage_sales.ingest_id = file_decisions.ingest_id
    where file_decisions.status = 'loaded'
)

select
    staged.file_id * 1000000000 + staged.line_number as transaction_id,
    staged.file_id,
    staged.line_number,
    staged.sale_key,
    staged.sold_at,
    stores.store_id,
    customers.customer_id,
    staged.payment_type,
    staged.total_price
from staged
inner join stores on staged.store_name = stores.store_name
inner join customers
    on stores.store_id = customers.store_id and staged.customer_hash = customers.customer_hash
where staged.file_id = staged.owner_file_id;
