-- Totals: one row with revenue, sales, and pounds and items a sale.
select
    coalesce(sum(daily_sales.revenue), 0) as revenue,
    coalesce(sum(daily_sales.sales), 0) as sales,
    round(sum(daily_sales.revenue) / nullif(sum(daily_sales.sales), 0), 2) as average_ticket,
    round(sum(daily_sales.items) / nullif(sum(daily_sales.sales), 0), 2) as items_a_sale
from daily_sales
where
    $__timeFilter(daily_sales.sold_on)
    and daily_sales.store_name in (${store:sqlstring});
