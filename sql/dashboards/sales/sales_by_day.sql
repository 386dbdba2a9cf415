-- Sales and items by day: one row for each day, all chosen stores together.
select
    cast(daily_sales.sold_on as timestamp) as time,
    sum(daily_sales.sales) as sales,
    sum(daily_sales.items) as items
from daily_sales
where
    $__timeFilter(daily_sales.sold_on)
    and daily_sales.store_name in (${store:sqlstring})
group by daily_sales.sold_on
order by daily_sales.sold_on;
