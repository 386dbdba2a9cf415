-- Rows by day: one row for each day, with the rows that were read and those that were rejected.
select
    cast(cast(load_files.loaded_at as date) as timestamp) as time,
    sum(load_files.rows_read) as rows_read,
    sum(load_files.rows_rejected) as rows_rejected
from load_files
where
    $__timeFilter(load_files.loaded_at)
    and (load_files.store_name = '' or load_files.store_name in (${store:sqlstring}))
group by cast(load_files.loaded_at as date)
order by time;
