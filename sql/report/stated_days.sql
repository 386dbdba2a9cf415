-- stated_days: one row for each store and day that a version of a file states, or did before a newer one replaced it.
-- Reads load_files, file_days, stores; parameters: since and until, days; store_name, empty for all.
select
    load_files.file_id,
    load_files.object_key,
    load_files.status,
    load_files.last_modified,
    load_files.rows_read,
    load_files.rows_rejected,
    load_files.total,
    stores.store_name,
    file_days.sold_on
from load_files
inner join file_days on coalesce(load_files.sales_file_id, load_files.file_id) = file_days.file_id
inner join stores on file_days.store_key = stores.store_key
where
    load_files.status in ('loaded', 'duplicate', 'superseded')
    and file_days.sold_on between %(since)s and %(until)s
    and %(store_name)s in ('', stores.store_name)
order by load_files.object_key, load_files.file_id, stores.store_name, file_days.sold_on;
