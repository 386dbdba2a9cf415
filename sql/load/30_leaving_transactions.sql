-- leaving_transactions: one row for each sale that leaves the warehouse: those of a corrected file, and those
-- that a file to be loaded states again (the newest file that states a sale owns it).
-- Reads file_decisions, stage_sales, stores and transactions.
create temp table leaving_transactions as
select transactions.transaction_id
from file_decisions
inner join transactions
    on
        file_decisions.replaces * 1000000000 < transactions.transaction_id
        and (file_decisions.replaces + 1) * 1000000000 > transactions.transaction_id
union distinct
select transactions.transaction_id
from file_decisions
inner join stage_sales on file_decisions.ingest_id = stage_sales.ingest_id
inner join stores on stage_sales.store_name = stores.store_name
inner join transactions
    on
        stores.store_id = transactions.store_id
        and stage_sales.sold_at = transactions.sold_at
        and stage_sales.sale_key = transactions.sale_key
where file_decisions.status = 'loaded';
