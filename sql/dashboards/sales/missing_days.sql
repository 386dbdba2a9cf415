-- Missing days: one row for each day on which a store sold nothing and another one did, the newest first.
select
    cast(store_days.sold_on as timestamp) as sold_on,
    store_days.store_name,
    cast(store_days.last_sold_on as timestamp) as last_sold_on
from store_days
where
    $__timeFilter(store_days.sold_on)
    and store_days.store_name in (${store:sqlstring})
    and store_days.is_missing
order by store_days.sold_on desc, store_days.store_name asc;
