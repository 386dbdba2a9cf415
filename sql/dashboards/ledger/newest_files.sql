-- Newest files: the two hundred versions of files that were decided on last.
select
    load_files.loaded_at,
    load_files.object_key,
    load_files.status,
    load_files.rows_read,
    load_files.rows_loaded,
    load_files.rows_rejected,
    load_files.total,
    load_files.remarks
from load_files
where
    $__timeFilter(load_files.loaded_at)
    and (load_files.store_name = '' or load_files.store_name in (${store:sqlstring}))
order by load_files.loaded_at desc, load_files.object_key asc
limit 200;
