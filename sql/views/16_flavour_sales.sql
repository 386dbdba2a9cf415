-- flavour_sales: one row for each store, day and flavour (empty for all items without one): items sold and revenue in
-- pounds.
create view flavour_sales as
with counted as (
    select
        transactions.store_id,
        baskets.flavour_id,
        cast(transactions.sold_at as date) as sold_on,
        count(*) as items,
        sum(baskets.unit_price) as revenue
    from baskets
    inner join transactions on baskets.transaction_id = transactions.transaction_id
    group by transactions.store_id, baskets.flavour_id, cast(transactions.sold_at as date)
),

named as (
    select
        stores.store_name,
        counted.sold_on,
        counted.items,
        counted.revenue,
        coalesce(flavours.flavour_name, '') as flavour_name
    from counted
    inner join stores on counted.store_id = stores.store_id
    left join flavours on counted.flavour_id = flavours.flavour_id
)

select
    named.store_name,
    named.sold_on,
    named.flavour_name,
    named.items,
    named.revenue
from named;
