-- Hours: one row for each hour of the day in which something was sold, such as 08:00, all days together.
-- Not from hourly_sales: that view also counts items, which takes many times as long.
with sales as (
    select
        stores.store_name,
        transactions.total_price,
        cast(transactions.sold_at as date) as sold_on,
        cast(extract(hour from transactions.sold_at) as integer) as hour_of_day
    from transactions
    inner join stores on transactions.store_id = stores.store_id
)

select
    lpad(cast(sales.hour_of_day as varchar(2)), 2, '0') || ':00' as hour_of_day,
    sum(sales.total_price) as revenue
from sales
where
    $__timeFilter(sales.sold_on)
    and sales.store_name in (${store:sqlstring})
group by sales.hour_of_day
order by sales.hour_of_day;
