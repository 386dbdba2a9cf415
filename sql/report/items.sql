-- items: one row for each of some days with sales: the number of items.
-- Reads daily_sales; parameters: days, a list; store_name, empty for all.
select
    daily_sales.sold_on,
    cast(sum(daily_sales.items) as bigint) as items
from daily_sales
where daily_sales.sold_on in %(days)s and %(store_name)s in ('', daily_sales.store_name)
group by daily_sales.sold_on
order by daily_sales.sold_on;
