-- hourly_sales: one row for each store, day and hour in which it sold something: sales, items and revenue in pounds.
-- Sales and items are counted as in daily_sales. day_of_week: from 1, Monday, to 7, Sunday, which
-- both engines call 0.
create view hourly_sales as
with counted as (
    select
        transactions.store_id,
        cast(transactions.sold_at as date) as sold_on,
        cast(extract(hour from transactions.sold_at) as integer) as hour_of_day,
        count(*) as sales,
        cast(0 as bigint) as items,
        sum(transactions.total_price) as revenue
    from transactions
    group by
        transactions.store_id,
        cast(transactions.sold_at as date),
        cast(extract(hour from transactions.sold_at) as integer)
    union all
    select
        transactions.store_id,
        cast(transactions.sold_at as date) as sold_on,
        cast(extract(hour from transactions.sold_at) as integer) as hour_of_day,
        cast(0 as bigint) as sales,
        count(*) as items,
        cast(0 as numeric(10, 2)) as revenue
    from transactions
    inner join baskets on transactions.transaction_id = baskets.transaction_id
    group by
        transactions.store_id,
        cast(transactions.sold_at as date),
        cast(extract(hour from transactions.sold_at) as integer)
)

select
    stores.store_name,
    counted.sold_on,
    counted.hour_of_day,
    cast(sum(counted.sales) as bigint) as sales,
    cast(sum(counted.items) as bigint) as items,
    sum(counted.revenue) as revenue,
    coalesce(nullif(cast(extract(dow from counted.sold_on) as integer), 0), 7) as day_of_week
from counted
inner join stores on counted.store_id = stores.store_id
group by stores.store_name, counted.sold_on, counted.hour_of_day;
