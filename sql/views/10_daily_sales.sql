-- daily_sales: one row for each store and day: sales, items and revenue in pounds.
create view daily_sales as
with basket_items as (
    select
        baskets.transaction_id,
        count(*) as items
    from baskets
    group by baskets.transaction_id
)

select
    stores.store_name,
    cast(transactions.sold_at as date) as sold_on,
    count(*) as sales,
    sum(basket_items.items) as items,
    sum(transactions.total_price) as revenue
from transactions
inner join stores on transactions.store_id = stores.store_id
inner join basket_items on transactions.transaction_id = basket_items.transaction_id
group by stores.store_name, cast(transactions.sold_at as date);
