-- Flavours: the twenty flavours with the most items.
-- Not from flavour_sales: the first and the last sale by number keep PostgreSQL from reading all items.
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
        baskets.flavour_id,
        count(*) as items
    from chosen
    inner join baskets on chosen.transaction_id = baskets.transaction_id
    where
        baskets.transaction_id >= (select bounds.first_id from bounds)
        and baskets.transaction_id <= (select bounds.last_id from bounds)
    group by baskets.flavour_id
)

select
    flavours.flavour_name,
    counted.items
from counted
inner join flavours on counted.flavour_id = flavours.flavour_id
order by counted.items desc, flavours.flavour_name asc
limit 20;
