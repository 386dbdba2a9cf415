-- product_sales: one row for each store, product, size and flavour (empty if there is none): items sold and revenue in
-- pounds.
create view product_sales as
select
    stores.store_name,
    products.product_name,
    products.size,
    coalesce(flavours.flavour_name, '') as flavour_name,
    count(*) as items,
    sum(baskets.unit_price) as revenue
from baskets
inner join transactions on baskets.transaction_id = transactions.transaction_id
inner join stores on transactions.store_id = stores.store_id
inner join products on baskets.product_id = products.product_id
left join flavours on baskets.flavour_id = flavours.flavour_id
group by stores.store_name, products.product_name, products.size, coalesce(flavours.flavour_name, '');
