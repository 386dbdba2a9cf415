-- payment_sales: one row for each store, day and type of payment with which something was paid: sales and revenue in
-- pounds.
create view payment_sales as
select
    stores.store_name,
    cast(transactions.sold_at as date) as sold_on,
    transactions.payment_type,
    count(*) as sales,
    sum(transactions.total_price) as revenue
from transactions
inner join stores on transactions.store_id = stores.store_id
group by stores.store_name, cast(transactions.sold_at as date), transactions.payment_type;
