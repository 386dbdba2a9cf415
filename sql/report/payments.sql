-- payments: one row for each type of payment on a day: sales and revenue in pounds, the most revenue first.
-- Reads payment_sales; parameters: day; store_name, empty for all.
select
    payment_sales.payment_type,
    cast(sum(payment_sales.sales) as bigint) as sales,
    sum(payment_sales.revenue) as revenue
from payment_sales
where payment_sales.sold_on = %(day)s and %(store_name)s in ('', payment_sales.store_name)
group by payment_sales.payment_type
order by sum(payment_sales.revenue) desc, payment_sales.payment_type asc;
