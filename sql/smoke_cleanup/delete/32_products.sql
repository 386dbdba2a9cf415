-- products: deletes the smoke test's product with its last sale.
-- Reads baskets.
delete from products
where
    product_name = 'Smoke test'
    and product_id not in (select baskets.product_id from baskets);
