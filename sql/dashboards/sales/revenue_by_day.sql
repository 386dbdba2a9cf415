-- Revenue by day: one row for each day and store. payment_sales does not count items, so it is the quickest view.
select
    cast(payment_sales.sold_on as timestamp) as time,
    payment_sales.store_name,
    sum(payment_sales.revenue) as revenue
from payment_sales
where
    $__timeFilter(payment_sales.sold_on)
    and payment_sales.store_name in (${store:sqlstring})
group by payment_sales.sold_on, payment_sales.store_name
order by payment_sales.sold_on, payment_sales.store_name;
