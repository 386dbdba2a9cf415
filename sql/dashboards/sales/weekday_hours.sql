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
),

hours as (
    select
        sales.hour_of_day,
        sales.day_of_week,
        sum(sales.total_price) as revenue
    from sales
    where
        $__timeFilter(sales.sold_on)
        and sales.store_name in (${store:sqlstring})
    group by sales.hour_of_day, sales.day_of_week
)

select
    lpad(cast(hours.hour_of_day as varchar(2)), 2, '0') || ':00' as hour_of_day,
    sum(case hours.day_of_week when 1 then hours.revenue else 0 end) as monday,
    sum(case hours.day_of_week when 2 then hours.revenue else 0 end) as tuesday,
    sum(case hours.day_of_week when 3 then hours.revenue else 0 end) as wednesday,
    sum(case hours.day_of_week when 4 then hours.revenue else 0 end) as thursday,
    sum(case hours.day_of_week when 5 then hours.revenue else 0 end) as friday,
    sum(case hours.day_of_week when 6 then hours.revenue else 0 end) as saturday,
    sum(case hours.day_of_week when 0 then hours.revenue else 0 end) as sunday
from hours
group by hours.hour_of_day
order by hours.hour_of_day;
