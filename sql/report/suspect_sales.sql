-- suspect_sales: one row for each store with suspect sales on a day: how many, and their revenue in pounds.
-- Reads suspect_sales; parameters: day; store_name, empty for all.
select
    suspect_sales.store_name,
    count(*) as sales,
    sum(suspect_sales.total_price) as revenue
from suspect_sales
where
    suspect_sales.sold_on = %(day)s
    and %(store_name)s in ('', suspect_sales.store_name)
group by suspect_sales.store_name
order by suspect_sales.store_name;
