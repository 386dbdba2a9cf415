-- summary_files: one row for each current file with rejected rows that states sales of a day, or was loaded in the
-- hours up to the morning after; one for each file that was refused since that day, unless a newer version has taken
-- its place; and one for each closed day, a file without rows, of which the key or the time of upload says the day.
-- Reads load_files, file_days; parameters: day, since and until, times in UTC.
with files_of_day as (
    select distinct file_days.file_id
    from file_days
    where file_days.sold_on = %(day)s
)

select
    load_files.file_id,
    load_files.object_key,
    load_files.store_name,
    load_files.rows_read,
    load_files.rows_rejected,
    load_files.reason,
    load_files.sentence,
    load_files.remarks,
    load_files.status,
    load_files.last_modified,
    load_files.loaded_at
from load_files
left join files_of_day on load_files.file_id = files_of_day.file_id
where
    (
        load_files.status = 'loaded'
        and load_files.rows_rejected > 0
        and (
            files_of_day.file_id is not null
            or (load_files.loaded_at >= %(since)s and load_files.loaded_at < %(until)s)
        )
    )
    or (load_files.status = 'refused' and load_files.superseded_by is null and load_files.loaded_at >= %(day)s)
    or (load_files.status = 'loaded' and load_files.rows_read = 0 and load_files.last_modified >= %(day)s)
order by load_files.object_key, load_files.file_id;
