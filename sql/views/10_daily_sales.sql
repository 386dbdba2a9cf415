-- daily_sales: one row for each store and day on which it sold something: sales, items and revenue in pounds.
-- Sales and items are counted each by itself, so that a filter on days reaches both before anything is grouped. A join
-- of the two would pass on a single day, but no range of days.
create view daily_sales as
with counted as (
    select
        transactions.store_id,
        cast(transactions.sold_at as date) as sold_on,
        count(*) as sales,
        cast(0 as bigint) as items,
        sum(transactions.total_price) as revenue
    from transactions
    group by transactions.store_id, cast(transactions.sold_at as date)
    union all
    select
        transactions.store_id,
        cast(transactions.sold_at as date) as sold_on,
        cast(0 as bigint) as sales,
        count(*) as items,
        cast(0 as numeric(10, 2)) as revenue
    from transactions
    inner join baskets on transactions.transaction_id = baskets.transaction_id
    group by transactions.store_id, cast(transactions.sold_at as date)
)

select
    stores.store_name,
    counted.sold_on,
    cast(sum(counted.sales) as bigint) as sales,
    cast(sum(counted.items) as bigint) as items,
    sum(counted.revenue) as revenue
from counted
inner join stores on counted.store_id = stores.store_id
group by stores.store_name, counted.sold_on;
