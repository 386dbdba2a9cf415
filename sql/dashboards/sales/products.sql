-- Products: the twenty products and sizes with the most revenue.
select
    item_sales.product_name,
    item_sales.size,
    count(*) as items,
    sum(item_sales.unit_price) as revenue
from item_sales
where
    $__timeFilter(item_sales.sold_on)
    and item_sales.store_name in (${store:sqlstring})
group by item_sales.product_name, item_sales.size
order by revenue desc, item_sales.product_name asc, item_sales.size asc
limit 20;
