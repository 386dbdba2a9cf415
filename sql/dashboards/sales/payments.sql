-- Payments: one row for each type of payment.
select
    payment_sales.payment_type,
    sum(payment_sales.revenue) as revenue
from payment_sales
where
    $__timeFilter(payment_sales.sold_on)
    and payment_sales.store_name in (${store:sqlstring})
group by payment_sales.payment_type
order by revenue desc, payment_sales.payment_type asc;
