-- Stores: one row for each store, the one whose newest file is oldest first. store_name is empty for files of none.
select
    load_files.store_name,
    max(load_files.loaded_at) as newest_file,
    count(*) as files,
    sum(load_files.rows_read) as rows_read,
    sum(load_files.rows_rejected) as rows_rejected
from load_files
where
    $__timeFilter(load_files.loaded_at)
    and (load_files.store_name = '' or load_files.store_name in (${store:sqlstring}))
group by load_files.store_name
order by newest_file, load_files.store_name;
