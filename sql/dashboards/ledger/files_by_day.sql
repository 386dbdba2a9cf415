-- Files by day: one row for each day and status.
select
    cast(cast(load_files.loaded_at as date) as timestamp) as time,
    load_files.status,
    count(*) as files
from load_files
where
    $__timeFilter(load_files.loaded_at)
    and (load_files.store_name = '' or load_files.store_name in (${store:sqlstring}))
group by cast(load_files.loaded_at as date), load_files.status
order by time, load_files.status;
