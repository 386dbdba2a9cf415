-- Totals: one row with the numbers of files and rows. refused: what is refused to this day, unless a newer version has
-- taken its place.
select
    count(*) as files,
    count(case when load_files.status = 'refused' and load_files.superseded_by is null then 1 end) as refused,
    coalesce(sum(load_files.rows_read), 0) as rows_read,
    coalesce(sum(load_files.rows_rejected), 0) as rows_rejected
from load_files
where
    $__timeFilter(load_files.loaded_at)
    and (load_files.store_name = '' or load_files.store_name in (${store:sqlstring}));
