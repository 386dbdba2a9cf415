-- item_sales: one row for each item sold, with all about its sale. size and flavour_name are empty if there is none;
-- customer_id is null if the sale has no name. day_of_week: from 1, Monday, to 7, Sunday.
-- The unknown customer of a store is found by its empty hash_key_id: no view reads the customers' hashes.
create view item_sales as
with sales as (
    select
        stores.store_name,
        transactions.sold_at,
        transactions.transaction_id,
        transactions.payment_type,
        cast(transactions.sold_at as date) as sold_on,
        cast(extract(hour from transactions.sold_at) as integer) as hour_of_day,
        -- 0 for a Sunday -> 7
        coalesce(nullif(cast(extract(dow from transactions.sold_at) as integer), 0), 7) as day_of_week,
        case when unknown_customers.customer_id is null then transactions.customer_id end as customer_id
    from transactions
    inner join stores on transactions.store_id = stores.store_id
    left join customers as unknown_customers
        on transactions.customer_id = unknown_customers.customer_id and unknown_customers.hash_key_id = ''
),

items as (
    select
        baskets.transaction_id,
        baskets.item_number,
        products.product_name,
        products.size,
        baskets.unit_price,
        coalesce(flavours.flavour_name, '') as flavour_name
    from baskets
    inner join products on baskets.product_id = products.product_id
    left join flavours on baskets.flavour_id = flavours.flavour_id
)

select
    sales.store_name,
    sales.sold_on,
    sales.day_of_week,
    sales.hour_of_day,
    sales.sold_at,
    sales.transaction_id,
    sales.customer_id,
    sales.payment_type,
    items.item_number,
    items.product_name,
    items.size,
    items.flavour_name,
    items.unit_price
from sales
inner join items on sales.transaction_id = items.transaction_id;
