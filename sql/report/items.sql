-- items: one row for each of some days with sales: the number of items, as the view daily_sales has it.
-- Reads transactions, baskets, stores; parameters: days, a list; store_name, empty for all.
with counted as (
    select
        transactions.store_id,
        cast(transactions.sold_at as date) as sold_on,
        count(*) as items
    from transactions
    inner join baskets on transactions.transaction_id = baskets.transaction_id
    where cast(transactions.sold_at as date) in %(days)s
    group by transactions.store_id, cast(transactions.sold_at as date)
)

select
    counted.sold_on,
    cast(sum(counted.items) as bigint) as items
from counted
inner join stores on counted.store_id = stores.store_id
where %(store_name)s in ('', stores.store_name)
group by counted.sold_on
order by counted.sold_on;
