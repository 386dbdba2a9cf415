-- Rejected rows by reason: one row for each column and reason. The warehouse keeps the first 1,000 rows of a file.
with files as (
    select load_files.file_id
    from load_files
    where
        $__timeFilter(load_files.loaded_at)
        and (load_files.store_name = '' or load_files.store_name in (${store:sqlstring}))
)

select
    rejected_rows.column_name,
    rejected_rows.reason,
    count(*) as rows_rejected,
    count(distinct rejected_rows.file_id) as files
from files
inner join rejected_rows on files.file_id = rejected_rows.file_id
group by rejected_rows.column_name, rejected_rows.reason
order by rows_rejected desc, rejected_rows.column_name asc, rejected_rows.reason asc;
