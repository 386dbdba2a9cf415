-- Hours by weekday: one row for each hour of the day, with the revenue of each day of the week.
-- Not from hourly_sales: that view also counts items, which takes many times as long. day_of_week: 0 is a Sunday.
with sales as (
    select
        stores.store_name,
        transactions.total_price,
        cast(transactions.sold_at as date) as sold_on,
        cast(extract(hour from transactions.sold_at) as integer) as hour_of_day,
        cast(extract(dow from transactions.sold_at) as integer) as day_of_week
    from transactions
    inner join stores on transactions.store_id = stores.store_id
)

select
    lpad(cast(sales.hour_of_day as varchar(2)), 2, '0') || ':00' as hour_of_day,
    sum(case sales.day_of_week when 1 then sales.total_price else 0 end) as monday,
    sum(case sales.day_of_week when 2 then sales.total_price else 0 end) as tuesday,
    sum(case sales.day_of_week when 3 then sales.total_price else 0 end) as wednesday,
    sum(case sales.day_of_week when 4 then sales.total_price else 0 end) as thursday,
    sum(case sales.day_of_week when 5 then sales.total_price else 0 end) as friday,
    sum(case sales.day_of_week when 6 then sales.total_price else 0 end) as saturday,
    sum(case sales.day_of_week when 0 then sales.total_price else 0 end) as sunday
from sales
where
    $__timeFilter(sales.sold_on)
    and sales.store_name in (${store:sqlstring})
group by sales.hour_of_day
order by sales.hour_of_day;
