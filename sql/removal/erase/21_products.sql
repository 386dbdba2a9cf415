-- products: deletes those that nobody bought: in a file with mixed-up columns, a product may be somebody's name.
-- Reads baskets and kept_aside; writes products.
delete from products
where
    products.product_id not in (select baskets.product_id from baskets)
    and products.product_id not in (select kept_aside.product_id from kept_aside);
