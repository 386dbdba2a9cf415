-- file_outcomes: one row for each version of a file that counts today: its status and the reason. A refusal counts
-- until a newer version of its key can be read.
create view file_outcomes as
with read_files as (
    select
        load_files.object_key,
        max(load_files.last_modified) as last_modified
    from load_files
    where load_files.status in ('loaded', 'duplicate')
    group by load_files.object_key
)

select
    load_files.object_key,
    load_files.status,
    load_files.reason,
    load_files.sentence,
    load_files.rows_read,
    load_files.rows_loaded,
    load_files.rows_rejected,
    load_files.items,
    load_files.total,
    load_files.loaded_at,
    load_files.reading,
    load_files.remarks,
    load_files.last_modified
from load_files
left join read_files
    on
        load_files.object_key = read_files.object_key
        and load_files.last_modified <= read_files.last_modified
where
    load_files.status in ('loaded', 'duplicate')
    or (load_files.status = 'refused' and read_files.object_key is null);
