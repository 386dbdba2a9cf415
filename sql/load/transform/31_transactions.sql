-- transactions: deletes the leaving sales, and inserts the sales of the files to be loaded.
-- Outer joins on purpose: a sale without its store or customer fails, since the columns are not null, instead of
-- vanishing. Its id contains the file and the line: file 12, line 3 -> 12000000003.
-- Reads leaving_transactions, file_decisions, stage_sales, stores and customers; writes transactions.
delete from transactions
using leaving_transactions
where
    transactions.transaction_id = leaving_transactions.transaction_id
    and transactions.transaction_id >= (select min(first_one.transaction_id) from leaving_transactions as first_one)
    and transactions.transaction_id <= (select max(last_one.transaction_id) from leaving_transactions as last_one);

insert into transactions (
    transaction_id, file_id, line_number, sale_key, sold_at, store_id, customer_id, payment_type, total_price
)
select
    file_decisions.loaded_file_id * 1000000000 + stage_sales.line_number as transaction_id,
    file_decisions.loaded_file_id as file_id,
    stage_sales.line_number,
    stage_sales.sale_key,
    stage_sales.sold_at,
    stores.store_id,
    customers.customer_id,
    stage_sales.payment_type,
    stage_sales.total_price
from stage_sales
inner join file_decisions on stage_sales.ingest_id = file_decisions.ingest_id
left join stores on stage_sales.store_name = stores.store_name
left join customers
    on stage_sales.customer_hash = customers.customer_hash and stores.store_id = customers.store_id
left join leaving_transactions
    on file_decisions.loaded_file_id * 1000000000 + stage_sales.line_number = leaving_transactions.transaction_id
where file_decisions.loaded_file_id is not null and leaving_transactions.transaction_id is null;
