-- Products: the twenty products and sizes with the most revenue.
-- Not from item_sales: the first and the last sale by number keep PostgreSQL from reading all items.
with sales as (
    select
        transactions.transaction_id,
        stores.store_name,
        cast(transactions.sold_at as date) as sold_on
    from transactions
    inner join stores on transactions.store_id = stores.store_id
),

chosen as (
    select sales.transaction_id
    from sales
    where
        $__timeFilter(sales.sold_on)
        and sales.store_name in (${store:sqlstring})
),

bounds as (
    select
        min(chosen.transaction_id) as first_id,
        max(chosen.transaction_id) as last_id
    from chosen
),

counted as (
    select
        baskets.product_id,
        count(*) as items,
        sum(baskets.unit_price) as revenue
    from chosen
    inner join baskets on chosen.transaction_id = baskets.transaction_id
    where
        baskets.transaction_id >= (select bounds.first_id from bounds)
        and baskets.transaction_id <= (select bounds.last_id from bounds)
    group by baskets.product_id
)

select
    products.product_name,
    products.size,
    counted.items,
    counted.revenue
from counted
inner join products on counted.product_id = products.product_id
order by counted.revenue desc, products.product_name asc, products.size asc
limit 20;
