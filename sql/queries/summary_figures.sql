-- summary_figures: one row for each store and one of two days on which it sold something.
-- Reads daily_sales; parameters: day and before, days.
select
    daily_sales.store_name,
    daily_sales.sold_on,
    daily_sales.sales,
    daily_sales.items,
    daily_sales.revenue
from daily_sales
where daily_sales.sold_on in (%(day)s, %(before)s);
