-- Stores: one row for each store, the one with the most revenue first. days: those on which it sold something.
select
    daily_sales.store_name,
    sum(daily_sales.revenue) as revenue,
    sum(daily_sales.sales) as sales,
    round(sum(daily_sales.revenue) / sum(daily_sales.sales), 2) as average_ticket,
    round(sum(daily_sales.items) / sum(daily_sales.sales), 2) as items_a_sale,
    count(*) as days
from daily_sales
where
    $__timeFilter(daily_sales.sold_on)
    and daily_sales.store_name in (${store:sqlstring})
group by daily_sales.store_name
order by revenue desc, daily_sales.store_name asc;
