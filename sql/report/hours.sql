-- hours: one row for each store, day and hour with sales: sales and revenue in pounds, as the view hourly_sales has
-- them. That view counts items, too, which for four weeks takes several times as long.
-- Reads transactions, stores; parameters: since, a day, and before, the day after the last; store_name, empty for all.
with counted as (
    select
        transactions.store_id,
        cast(transactions.sold_at as date) as sold_on,
        cast(extract(hour from transactions.sold_at) as integer) as hour_of_day,
        count(*) as sales,
        sum(transactions.total_price) as revenue
    from transactions
    where transactions.sold_at >= %(since)s and transactions.sold_at < %(before)s
    group by
        transactions.store_id,
        cast(transactions.sold_at as date),
        cast(extract(hour from transactions.sold_at) as integer)
)

select
    stores.store_name,
    counted.sold_on,
    counted.hour_of_day,
    counted.sales,
    counted.revenue
from counted
inner join stores on counted.store_id = stores.store_id
where %(store_name)s in ('', stores.store_name)
order by stores.store_name, counted.sold_on, counted.hour_of_day;
