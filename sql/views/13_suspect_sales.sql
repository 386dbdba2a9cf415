-- suspect_sales: one row for each sale of a customer of whom two current files state different sales in one store and
-- minute. Nobody can tell which file is right, so all of them count.
create or replace view suspect_sales as
with disputed as (
    select
        transactions.store_id,
        transactions.customer_id,
        date_trunc('minute', transactions.sold_at) as sold_in_minute
    from transactions
    group by transactions.store_id, transactions.customer_id, date_trunc('minute', transactions.sold_at)
    having min(transactions.file_id) <> max(transactions.file_id)
)

select
    stores.store_name,
    disputed.sold_in_minute,
    transactions.customer_id,
    transactions.transaction_id,
    load_files.object_key,
    transactions.payment_type,
    transactions.total_price
from disputed
inner join transactions
    on
        disputed.store_id = transactions.store_id
        and disputed.customer_id = transactions.customer_id
        and disputed.sold_in_minute = date_trunc('minute', transactions.sold_at)
inner join stores on transactions.store_id = stores.store_id
inner join load_files on transactions.file_id = load_files.file_id;
