-- products: one row for each product in a size and flavour that was sold on a day: items and revenue in pounds.
-- Reads item_sales; parameters: day; store_name, empty for all.
select
    item_sales.product_name,
    item_sales.size,
    item_sales.flavour_name,
    count(*) as items,
    sum(item_sales.unit_price) as revenue
from item_sales
where item_sales.sold_on = %(day)s and %(store_name)s in ('', item_sales.store_name)
group by item_sales.product_name, item_sales.size, item_sales.flavour_name
order by item_sales.product_name, item_sales.size, item_sales.flavour_name;
