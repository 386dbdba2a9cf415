-- Files with rejected rows: the two hundred with the most, of those whose other rows were loaded.
select
    load_files.loaded_at,
    load_files.object_key,
    load_files.store_name,
    load_files.rows_read,
    load_files.rows_rejected
from load_files
where
    $__timeFilter(load_files.loaded_at)
    and (load_files.store_name = '' or load_files.store_name in (${store:sqlstring}))
    and load_files.status in ('loaded', 'duplicate')
    and load_files.rows_rejected > 0
order by load_files.rows_rejected desc, load_files.object_key asc
limit 200;
