-- summary_best_sellers: one row for each store, product and size sold on a day, and how many items.
-- Reads item_sales; parameter: day.
select
    item_sales.store_name,
    item_sales.product_name,
    item_sales.size,
    count(*) as items
from item_sales
where item_sales.sold_on = %(day)s
group by item_sales.store_name, item_sales.product_name, item_sales.size;
