-- transactions: inserts the sales of the files to be loaded, unless they are kept aside, and those that were kept aside
-- and count again. Their ids contain the file and the line: file 12, line 3 -> 12000000003. Outer joins on purpose: a
-- sale without its store or customer fails, since the columns are not null, instead of vanishing.
-- Reads sale_decisions, file_decisions, stage_sales, stores, customers and kept_aside; writes transactions.
-- Parameter: kept_aside_of_moves, a condition.
insert into transactions (
    transaction_id, file_id, line_number, sale_key, sold_at, store_id, customer_id, payment_type, total_price, visit_key
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
    stage_sales.total_price,
    stage_sales.visit_key
from stage_sales
inner join file_decisions on stage_sales.ingest_id = file_decisions.ingest_id
left join stores on stage_sales.store_key = stores.store_key
left join customers
    on stage_sales.customer_hash = customers.customer_hash and stores.store_id = customers.store_id
left join sale_decisions
    on
        file_decisions.loaded_file_id * 1000000000 + stage_sales.line_number = sale_decisions.transaction_id
        and sale_decisions.place_after = 'kept_aside'
where file_decisions.loaded_file_id is not null and sale_decisions.transaction_id is null
union all
select
    kept_aside.transaction_id,
    kept_aside.file_id,
    kept_aside.line_number,
    kept_aside.sale_key,
    kept_aside.sold_at,
    kept_aside.store_id,
    kept_aside.customer_id,
    kept_aside.payment_type,
    kept_aside.total_price,
    kept_aside.visit_key
from sale_decisions
inner join kept_aside on sale_decisions.transaction_id = kept_aside.transaction_id
where
    sale_decisions.place_before = 'kept_aside'
    and sale_decisions.place_after = 'transactions'
    and kept_aside.item_number = 1
    and %(kept_aside_of_moves)s;
