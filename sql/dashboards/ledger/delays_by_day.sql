-- From upload to load: one row for each day, with the longest and the average time in seconds.
with delays as (
    select
        cast(load_files.loaded_at as date) as loaded_on,
        extract(epoch from load_files.loaded_at) - extract(epoch from load_files.last_modified) as seconds
    from load_files
    where
        $__timeFilter(load_files.loaded_at)
        and (load_files.store_name = '' or load_files.store_name in (${store:sqlstring}))
)

select
    cast(delays.loaded_on as timestamp) as time,
    cast(max(delays.seconds) as numeric(12, 1)) as longest,
    cast(avg(delays.seconds) as numeric(12, 1)) as average
from delays
group by delays.loaded_on
order by delays.loaded_on;
